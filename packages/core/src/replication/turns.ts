import { filter, firstValueFrom, merge, type Observable, startWith } from 'rxjs';
import type { Status } from './status.ts';

/** Makes datastores wait for more urgent ones. */
export interface Turns {
  /** Resolves when no more urgent datastore is pulling for the first time; rejects with the reason of the signal. */
  turnOf(datastore: string, signal: AbortSignal): Promise<void>;
}

/** A datastore, as far as its turn depends on it. */
interface Queued {
  readonly status$: Observable<Status>;
  readonly status: () => Status;
}

/**
 * Lets datastores pull in an order, as long as they pull for the first time: the `first` ones one after the other, then all
 * others. One that cannot go on (no network, refused, stopped) holds up nobody, and edits are pushed in any order.
 */
export function createTurns(first: readonly string[], queued: ReadonlyMap<string, Queued>): Turns {
  const before = (datastore: string) => {
    // What the server owns is little, and waits for nobody.
    if (!queued.has(datastore)) return [];
    const at = first.indexOf(datastore);
    return first.slice(0, at < 0 ? first.length : at).flatMap((name) => queued.get(name) ?? []);
  };
  return {
    async turnOf(datastore, signal) {
      const others = before(datastore);
      const isFree = () => signal.aborted || !others.some((other) => isUnderWay(other.status()));
      if (isFree()) return signal.throwIfAborted();
      const aborted = new Promise<null>((resolve) =>
        signal.addEventListener('abort', () => resolve(null), { once: true }),
      );
      const changed$ = merge(...others.map(({ status$ }) => status$), aborted).pipe(startWith(null));
      await firstValueFrom(changed$.pipe(filter(isFree)), { defaultValue: null });
      signal.throwIfAborted();
    },
  };
}

function isUnderWay({ state, syncedAt }: Status): boolean {
  return state === 'starting' || (state === 'catching-up' && syncedAt === null);
}
