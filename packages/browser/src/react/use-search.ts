import type { Datastore, DocumentOf, Search, SearchOptions, SearchResult } from '@datastores/core';
import { useEffect, useMemo, useRef } from 'react';
import { type Live, useObservable } from './live.ts';

/**
 * What a search finds, now and after every change of it. While the result for another text is on its way, `data` is the one
 * before: a list below a search field does not flicker with every key.
 */
export function useSearch<const D extends readonly Datastore[], const N extends D[number]['name']>(
  stores: { readonly search: Search<D> },
  datastore: N,
  asked: string | AskedSearch,
): Live<SearchResult<DocumentOf<Extract<D[number], { readonly name: N }>>>> {
  type Result = SearchResult<DocumentOf<Extract<D[number], { readonly name: N }>>>;
  const { text, ...options } = typeof asked === 'string' ? { text: asked } : asked;
  const key = JSON.stringify(options);
  const source = useMemo(
    () => stores.search(datastore, text, JSON.parse(key) as SearchOptions).$,
    [stores, datastore, text, key],
  );
  const live = useObservable<Result>(source as never);
  const last = useRef<Result | undefined>(undefined);
  useEffect(() => {
    if (live.data !== undefined) last.current = live.data;
  });
  return live.loading ? { ...live, data: last.current } : live;
}

/** A search with options. */
export interface AskedSearch extends SearchOptions {
  readonly text: string;
}
