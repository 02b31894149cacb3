import type { Store } from '../store/store.ts';
import type { SystemReach } from './system-reach.ts';

/** A record that no document has taken: it waits for others, or it cannot be used. */
export interface UnusedRecord {
  readonly system: string;
  readonly stream: string;
  readonly key: string;
  readonly is: 'parked' | 'set-aside';
  /** Of a parked record: what it waits for, as `stream/key`. */
  readonly waitsFor: readonly string[];
  /** Of one that was set aside: why. */
  readonly reason: string | null;
  /** Since when it is set aside, milliseconds since 1970; null for one that waits. */
  readonly since: number | null;
}

/** Most records that are listed as set aside. */
const MANY_RECORDS = 100_000;

/** The records that wait, by system and stream, then those that were set aside, newest first. */
export async function unusedRecords(store: Store, reaches: readonly SystemReach[]): Promise<readonly UnusedRecord[]> {
  const parked = reaches.flatMap(({ system, streams }) =>
    [...streams.values()].flatMap(({ name, memory }) =>
      [...memory.parked].map(([key, names]): UnusedRecord => {
        const waitsFor = names.map(readable);
        return { system, stream: name, key, is: 'parked', waitsFor, reason: null, since: null };
      }),
    ),
  );
  const aside = (await store.quarantined({ limit: MANY_RECORDS })).map(
    ({ system, stream, key, reason, at }): UnusedRecord => ({
      system,
      stream,
      key,
      is: 'set-aside',
      waitsFor: [],
      reason,
      since: at,
    }),
  );
  return [...parked, ...aside];
}

/** The name of a reference as the engine keeps it: JSON of where to, stream and value. */
function readable(name: string): string {
  const [, stream, value] = JSON.parse(name) as readonly string[];
  return `${stream}/${value}`;
}
