import type { Observable } from 'rxjs';
import { type Live, useObservable } from './live.ts';

/** Anything that can be watched: a query of a collection, a document's field, a search. */
export interface Watchable<T> {
  readonly $: Observable<T>;
}

/**
 * The result of a query, now and after every change of it: `useLive(stores.product.find({ selector: { status: 'active' } }))`.
 * A query may be written where it is used: RxDB gives the same one for the same words. Null: nothing is asked yet.
 */
export function useLive<T>(query: Watchable<T> | null | undefined): Live<T> {
  return useObservable(query?.$ ?? null);
}
