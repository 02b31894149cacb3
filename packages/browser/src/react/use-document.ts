import type { RxCollection, RxDocument } from 'rxdb';
import { type Live, useObservable } from './live.ts';

/** A document of a collection by its id, now and after every change of it; `data` is null while there is none. */
export function useDocument<D>(collection: RxCollection<D>, id: string | null | undefined): Live<RxDocument<D> | null> {
  return useObservable(id === null || id === undefined ? null : collection.findOne(id).$);
}
