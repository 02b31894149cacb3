import type { Receipt, Receipts } from '@datastores/core';
import { useMemo } from 'react';
import { type Live, useObservable } from './live.ts';

/** How far the newest local write of a document has got; `data` is null if this replica has not written it. */
export function useReceipt(
  stores: { readonly receipts: Receipts },
  datastore: string,
  id: string,
): Live<Receipt | null> {
  const { receipts } = stores;
  return useObservable(useMemo(() => receipts.of$(datastore, id), [receipts, datastore, id]));
}
