import type { EngineStream, SystemReach } from './system-reach.ts';

/** Most records that were set aside and are looked at again; those beyond them wait for the next comparison. */
const MANY = 10_000;

/** Has the records of a stream that were set aside read again soon, because the reason may be gone. */
export async function recheckSetAside(reach: SystemReach, stream: EngineStream, scope: string): Promise<void> {
  const { store, system } = reach;
  const recheck = (await store.quarantined({ limit: MANY }))
    .filter((record) => record.system === system && record.stream === stream.name)
    .map(({ key }) => ({ system, stream: stream.name, key }));
  if (recheck.length === 0) return;
  await store.write({ scope }, () => ({ recheck, result: undefined }));
  stream.memory.recheckDue = true;
}
