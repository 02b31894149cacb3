import 'fake-indexeddb/auto';
import { openDatastores } from '@datastores/browser';
import { useDocument, useLive, useReceipt, useSearch, useSync } from '@datastores/browser/react';
import { customers, type Datastores } from '@datastores/core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Observable } from 'rxjs';
import { expect, expectTypeOf, test } from 'vitest';

test('a server renders what is known before anything is loaded, and subscribes to nothing', async () => {
  const stores = await openDatastores({ name: 'server', datastores: [customers] });
  await stores.customer.insert({ id: 'c1', name: 'Ana', status: 'active' });
  let subscribed = 0;
  const watched = new Observable<string>((subscriber) => {
    subscribed += 1;
    subscriber.next('something');
  });
  const html = renderToString(createElement(Page, { stores, watched }));
  expect(html).toBe('<p>[[true,true,true,true],&quot;syncing&quot;,null]</p>');
  expect(subscribed).toBe(0);
  await stores.close();
});

interface Shown {
  readonly stores: Datastores<readonly [typeof customers]>;
  readonly watched: Observable<string>;
}

function Page({ stores, watched }: Shown) {
  const list = useLive(stores.customer.find());
  const one = useDocument(stores.customer, 'c1');
  const search = useSearch(stores, 'customer', 'ana');
  const sync = useSync(stores);
  const receipt = useReceipt(stores, 'customer', 'c1');
  const { data } = useLive({ $: watched });
  expectTypeOf(list.data?.[0]?.name).toEqualTypeOf<string | undefined>();
  expectTypeOf(one.data?.name).toEqualTypeOf<string | undefined>();
  expectTypeOf(search.data?.hits[0]?.document.name).toEqualTypeOf<string | undefined>();
  const loading = [list, one, search, receipt].map((live) => live.loading);
  return createElement('p', null, JSON.stringify([loading, sync.state, data ?? null]));
}
