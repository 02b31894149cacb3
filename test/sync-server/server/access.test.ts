import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import type { SyncServerConfig } from '@datastores/sync-server';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { SECRET, startServer, tokenFor } from '../http/test-server.ts';

const pullAll = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: 0, checkpoint: null };
const limits = { maxRows: 10, maxBytes: 100_000, acknowledged: {} };

test('rules of the configuration decide by the roles and claims of the token', async () => {
  await using at = await startServer({
    access: {
      product: {
        scopes: ({ claims }) => [`shop-${String(claims?.['shop'])}`],
        fields: { name: ['buyer'] },
        write: ({ after }) => (after === null ? 'Products are not deleted.' : null),
      },
    },
  });
  const doc = { id: 'p1', sku: 's1', name: 'Nail', status: 'active' };
  const row = { id: 'p1', base: null, edit: 1, changed: ['sku', 'name', 'status'], was: {}, doc };
  const { acknowledged: _, maxRows: __, maxBytes: ___, ...header } = { ...pullAll, ...limits };
  const push = { ...header, replica: 'replica-till', rows: JSON.stringify([row]) };
  const clerk = at.client(await tokenFor({ sub: 'clerk', shop: 7 }));
  const buyer = at.client(await tokenFor({ sub: 'buyer', shop: 7, roles: ['buyer'] }));
  const elsewhere = at.client(await tokenFor({ sub: 'other', shop: 8 }));
  expect(await clerk.push.mutate(push)).toMatchObject({ outcomes: [{ is: 'rejected', code: 'WRITE_FORBIDDEN' }] });
  const pushed = await buyer.push.mutate({ ...push, replica: 'replica-buyer' });
  expect(pushed).toMatchObject({ outcomes: [{ is: 'accepted', scope: 'shop-7' }] });
  expect(await clerk.pull.mutate({ ...pullAll, ...limits })).toMatchObject({
    documents: expect.stringContaining('Nail'),
  });
  expect(await elsewhere.pull.mutate({ ...pullAll, ...limits })).toMatchObject({ documents: '' });
});

test('access that is withdrawn ends open streams and requests within five seconds although the token holds', async () => {
  const withdrawn = new Set<string>();
  await using at = await startServer({
    auth: { secret: SECRET, isWithdrawn: async ({ subject }) => withdrawn.has(subject) },
  });
  const token = await tokenFor({ sub: 'thief' });
  const input = encodeURIComponent(
    JSON.stringify({ json: { protocol: PROTOCOL_VERSION, datastores: { product: 0 } } }),
  );
  const response = await fetch(`${at.url}/trpc/changes?input=${input}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const ended = response.text();
  withdrawn.add('thief');
  const since = performance.now();
  expect(await ended).toContain('"all":true');
  expect(performance.now() - since).toBeLessThan(5_000);
  await expect(at.client(token).pull.mutate({ ...pullAll, ...limits })).rejects.toMatchObject({
    data: { error: { code: 'TOKEN_INVALID' } },
  });
  expect(await at.client(await tokenFor()).pull.mutate({ ...pullAll, ...limits })).toMatchObject({ kind: 'page' });
});

test('where it cannot be found out whether access was withdrawn, nothing is answered and everything may be repeated', async () => {
  await using at = await startServer({
    auth: {
      secret: SECRET,
      isWithdrawn: async () => {
        throw new Error('The list of withdrawn tokens is out of reach.');
      },
    },
  });
  const call = at.client(await tokenFor()).pull.mutate({ ...pullAll, ...limits });
  await expect(call).rejects.toMatchObject({ data: { error: { code: 'SERVER_FAILED', retryable: true } } });
});

test('one address has so many requests a minute, whatever its tokens', async () => {
  await using at = await startServer({ server: { requestsPerMinuteOfAddress: 5 } });
  const statuses: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    const headers = { authorization: `Bearer ${await tokenFor({ sub: `user-${n}` })}` };
    statuses.push((await fetch(`${at.url}/trpc/info`, { headers })).status);
  }
  expect(statuses.slice(5)).toEqual([429, 429]);
  expect(statuses.slice(0, 5)).not.toContain(429);
  expect((await fetch(`${at.url}/livez`)).status).toBe(200);
});

test.each<[string, SyncServerConfig['access'], string]>([
  ['a datastore that is not served', { prodcut: {} }, 'access.prodcut: this server serves no datastore "prodcut"'],
  ['a field that there is not', { product: { fields: { prize: ['buyer'] } } }, 'access.product.fields.prize'],
  ['a field without a role', { product: { fields: { name: [] } } }, 'must name at least one role'],
  ['what is no function', { product: { scopes: 'main' as never } }, 'access.product.scopes: must be a function'],
  ['an unknown rule', { product: { reed: () => [] } as never }, 'access.product.reed: there is no such entry'],
])('access to %s is refused when the server starts', async (_what, access, message) => {
  using folder = temporaryFolder();
  const config = { dataFolder: folder.path, auth: { secret: SECRET }, ...(access && { access }) };
  const starting = createSyncServer(config, { log: silentLog });
  await expect(starting).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });
});
