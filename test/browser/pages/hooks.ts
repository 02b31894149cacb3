import { openDatastores } from '@datastores/browser';
import { useDocument, useLive, useReceipt, useSearch, useSync } from '@datastores/browser/react';
import { customers, productCatalog } from '@datastores/core';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useLiveRxQuery } from 'rxdb/plugins/react';
import { expose } from './expose.ts';

const stores = await openDatastores({ name: 'hooks', datastores: [customers, productCatalog] });
let renders = 0;
let type = (_text: string): void => undefined;
let choose = (_id: string | null): void => undefined;

function List() {
  renders += 1;
  const { data, loading } = useLive(stores.customer.find({ selector: { status: 'active' }, sort: [{ name: 'asc' }] }));
  return createElement('p', { id: 'list' }, loading ? 'loading' : data?.map(({ name }) => name).join(', '));
}

function One() {
  const [id, setId] = useState<string | null>('c1');
  choose = setId;
  const { data, loading } = useDocument(stores.customer, id);
  return createElement('p', { id: 'one' }, loading ? 'loading' : (data?.name ?? 'none'));
}

function Found() {
  const [text, setText] = useState('red');
  type = setText;
  const { data } = useSearch(stores, 'product', { text, limit: 5, highlight: true });
  const names = data?.hits.map(({ document, highlights }) => `${document.name}:${highlights.length}`);
  return createElement('p', { id: 'found' }, names === undefined ? 'loading' : names.join(', '));
}

function Sync() {
  const { state, unpushed } = useSync(stores);
  const { data } = useReceipt(stores, 'customer', 'c1');
  return createElement('p', { id: 'sync' }, `${state} ${unpushed} ${data?.state ?? 'none'}`);
}

const ALL = { selector: {}, sort: [{ name: 'desc' as const }] };

/** The hooks of RxDB on the same collection; a query written in place would be a new one for them at every rendering. */
function OfRxdb() {
  const { results, loading } = useLiveRxQuery({ collection: stores.customer, query: ALL });
  return createElement('p', { id: 'rxdb' }, loading ? 'loading' : results.map(({ name }) => name).join(', '));
}

const place = document.createElement('main');
document.body.append(place);
const root = createRoot(place);
root.render(
  createElement(
    StrictMode,
    null,
    ...[List, One, Found, Sync, OfRxdb].map((one) => createElement(one, { key: one.name })),
  ),
);

/** What the page offers to tests. */
export type HooksPage = typeof page;

const page = expose({
  text: (id: string) => document.getElementById(id)?.textContent ?? null,
  put: async (id: string, name: string) => {
    await stores.customer.upsert({ id, name, status: 'active' });
  },
  putProduct: async (id: string, name: string) => {
    await stores.product.upsert({ id, name, sku: id, status: 'active' });
  },
  remove: async (id: string) => {
    await stores.customer.findOne(id).remove();
  },
  type: (text: string) => type(text),
  choose: (id: string | null) => choose(id),
  renders: () => renders,
  unmount: () => root.unmount(),
});
