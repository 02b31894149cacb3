import { eachRecord, type Trap } from '../trap.ts';

/** After an upgrade over there numbers come as text. */
export function typeDrift(field: string): Trap {
  return {
    answer: (_request, reply) => eachRecord(reply, (record) => ({ ...record, [field]: String(record[field]) })),
  };
}
