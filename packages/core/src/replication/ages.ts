import { EMPTY, merge, type Observable } from 'rxjs';
import { systemStates } from '../schema/system-states.ts';
import type { Connection } from './connect.ts';
import { type AgedQuery, type AgeSource, type FreshResult, fresh, fresh$, freshness$, type MaxAge } from './fresh.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import type { KnownSystem, Systems } from './systems.ts';

/** What an open replica says about the age of its data. */
export interface Ages {
  /** The external systems as far as the server has told: their state, and what waits for them. Empty where there are none. */
  readonly systems$: Observable<readonly KnownSystem[]>;
  /** How old the data of a datastore is, by source. Grows while the server, or a source, cannot be reached. */
  freshness(datastore: string): Freshness;
  /** The same, now, with every news, and every second. */
  freshness$(datastore: string): Observable<Freshness>;
  /** Runs a query and says whether its data is older than `maxAgeMs`. What to do about it is the application's to decide. */
  fresh<Result>(query: AgedQuery<Result>, maxAge: MaxAge): Promise<FreshResult<Result>>;
  /** The same for every result, and again when the data becomes too old or fresh enough. */
  fresh$<Result>(query: AgedQuery<Result>, maxAge: MaxAge): Observable<FreshResult<Result>>;
}

/** The ages of the data of a replica; without a connection they are those of what was pulled the last time. */
export function createAges(systems: Systems, connection: Connection | null): Ages {
  const source: AgeSource = {
    freshness: (datastore) =>
      freshnessOf({
        datastore,
        systems: systems.known(),
        now: Date.now(),
        clockAheadMs: connection?.contact.clockAheadMs() ?? 0,
        inTouchAt: connection?.contact.inTouchAt(datastore) ?? null,
        systemsInTouchAt: connection?.contact.inTouchAt(systemStates.name) ?? null,
      }),
    changed$: merge(systems.systems$, connection?.contact$ ?? EMPTY),
  };
  return {
    systems$: systems.systems$,
    freshness: source.freshness,
    freshness$: (datastore) => freshness$(source, datastore),
    fresh: (query, maxAge) => fresh(source, query, maxAge),
    fresh$: (query, maxAge) => fresh$(source, query, maxAge),
  };
}
