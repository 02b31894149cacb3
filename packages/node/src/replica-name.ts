/** Name of the replica's database in its file. */
export const REPLICA = 'replica';
