import { eachRecord, type Trap } from '../trap.ts';

/** Fields without a value are left out. */
export function absentForNull(): Trap {
  const left = (record: object) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
  return { answer: (_request, reply) => eachRecord(reply, left) };
}
