import { customers, productCatalog } from '@datastores/core';
import { type Caller, parsePulledRows } from '@datastores/core/protocol';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { callerOf, settled, startReplica, startService } from '../../support/sync.ts';

const DATASTORES = [customers, productCatalog] as const;

async function put(store: Store, scope: string, documents: readonly (readonly [string, object])[]) {
  const writes = documents.map(([datastore, document]) => {
    const { id } = document as { id: string };
    const body = JSON.stringify(document);
    return { datastore, id, body, schemaVersion: 0, author: '@erp', base: null, from: null };
  });
  await store.write({ scope }, () => ({ documents: writes, result: null }));
}

const customer = (id: string, name = id) => ['customer', { id, name, status: 'active' }] as const;
const product = (id: string, name = id) => ['product', { id, sku: id, name, status: 'active' }] as const;

/** Two scopes of products, and of customers those that `granted` says. */
async function start(...first: readonly string[]) {
  let granted = first;
  const at = await startService(DATASTORES, undefined, { access: { customer: { scopes: () => granted } } });
  await put(at.store, 'berlin', [customer('b1'), product('bolt')]);
  await put(at.store, 'paris', [customer('p1'), customer('p2'), product('pin')]);
  const pulled: string[] = [];
  const service = {
    ...at.service,
    async pull(request: Parameters<typeof at.service.pull>[0], caller: Caller) {
      const answer = await at.service.pull(request, caller);
      if (answer.kind === 'page') {
        for (const row of parsePulledRows(answer.documents)) pulled.push('del' in row ? row.del : row.doc.id);
      }
      return answer;
    },
  };
  const replica = await startReplica(service, { datastores: DATASTORES, caller: callerOf('ana', ['berlin', 'paris']) });
  const ids = async () => {
    const all = [await replica.stores.customer.find().exec(), await replica.stores.product.find().exec()];
    return all
      .flat()
      .map(({ id }) => id)
      .sort();
  };
  return {
    store: at.store,
    replica,
    pulled,
    ids,
    grant: (...scopes: readonly string[]) => {
      granted = scopes;
    },
    async [Symbol.asyncDispose]() {
      await replica[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

test('a scope that is lost in one datastore leaves it, stays in the others, and comes back without the rest', async () => {
  await using at = await start('berlin', 'paris');
  await expect.poll(at.ids).toEqual(['b1', 'bolt', 'p1', 'p2', 'pin']);
  at.grant('berlin');
  await expect.poll(at.ids, { timeout: 8_000 }).toEqual(['b1', 'bolt', 'pin']);
  at.pulled.length = 0;
  at.grant('berlin', 'paris');
  await expect.poll(at.ids, { timeout: 8_000 }).toEqual(['b1', 'bolt', 'p1', 'p2', 'pin']);
  expect(at.pulled.sort()).toEqual(['p1', 'p2']);
});

test('pokes of a scope that one datastore is not seen in are followed by the others, and make nobody pull', async () => {
  await using at = await start('berlin');
  await expect.poll(at.ids).toEqual(['b1', 'bolt', 'pin']);
  await settled(at.replica.stores);
  const before = at.replica.line.requests.pull;
  for (const name of ['Pin 1', 'Pin 2', 'Pin 3']) {
    await put(at.store, 'paris', [customer('p3', 'secret'), product('pin', name)]);
    const read = async () => (await at.replica.stores.product.findOne('pin').exec(true)).name;
    await expect.poll(read).toBe(name);
  }
  expect(at.replica.line.requests.pull).toBe(before);
  expect(JSON.stringify(at.replica.line.pokes.slice(-3))).not.toContain('secret');
});

test('a caller that loses all of a datastore keeps none of it, and is told so of what it had not pushed', async () => {
  await using at = await start('berlin', 'paris');
  await expect.poll(at.ids).toEqual(['b1', 'bolt', 'p1', 'p2', 'pin']);
  at.replica.line.up = false;
  await at.replica.stores.customer.findOne('p1').incrementalPatch({ name: 'Changed offline' });
  at.grant();
  at.replica.line.up = true;
  await at.replica.stores.syncNow();
  await expect.poll(at.ids, { timeout: 8_000 }).toEqual(['bolt', 'pin']);
  const rejected = await firstValueFrom(at.replica.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'p1', document: { name: 'Changed offline' } }]);
  const { body } = (await at.store.document('paris', { datastore: 'customer', id: 'p1' })) ?? {};
  expect(body).toContain('"name":"p1"');
});
