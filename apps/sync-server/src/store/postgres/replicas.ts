import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const OWNER = 'select subject from replica where replica = $1';
const CLAIM = 'insert into replica (replica, subject, claimed_at) values ($1, $2, $3) on conflict (replica) do nothing';

/** The subject that a replica is bound to; null: to none yet. */
export async function subjectOf(reader: Reader, replica: string): Promise<string | null> {
  const [row] = await reader.lists<[string]>(statement(OWNER, replica));
  return row?.[0] ?? null;
}

/** Binds a replica to the subject that first used it. False if it belongs to another. */
export async function claimReplica(
  reader: Reader,
  { replica, subject, now }: { readonly replica: string; readonly subject: string; readonly now: number },
): Promise<boolean> {
  const owner = await subjectOf(reader, replica);
  if (owner !== null) return owner === subject;
  await reader.run(statement(CLAIM, replica, subject, now));
  return (await subjectOf(reader, replica)) === subject;
}
