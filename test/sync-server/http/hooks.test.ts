import { eventDriven } from '@datastores/core';
import { hmacSignature, type SyncServerConfig } from '@datastores/sync-server';
import { shopify, standardWebhooks, webhooks } from '@datastores/sync-server/webhooks';
import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { articleBinding } from '../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../support/nasty-system.ts';
import { type SignedWebhook, shopifyCall, standardCall } from '../../support/signed-webhook.ts';
import { startServer, tokenFor } from './test-server.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

test('a signed webhook is accepted, and its record read', async () => {
  const erp = createNastySystem();
  await using at = await startServer(withHooks(erp));
  await at.server.reconciler.idle();
  erp.insert('a1', { name: 'New' });
  const call = hook('msg_1', ['a1']);
  const answer = await send(at.url, call);
  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({ accepted: true });
  await expect.poll(() => name(at), POLL).toBe('New');
  const reads = erp.calls.get;
  expect((await send(at.url, call)).status).toBe(202);
  expect((await at.server.status()).reconcile.systems[0]?.events).toMatchObject({ taken: 1, duplicates: 1 });
  expect(erp.calls.get).toBe(reads);
});

test('a wrong signature, an old call and a wrong secret get the same answer', async () => {
  await using at = await startServer(withHooks(createNastySystem()));
  const call = hook('msg_1', ['a1']);
  const wrong = [
    { ...call, body: `${call.body} ` },
    { ...call, headers: {} },
    standardCall({ body: call.body, at: Date.now() - 6 * 60_000, secrets: [SECRET] }),
    standardCall({ body: call.body, at: Date.now(), secrets: [`whsec_${Buffer.alloc(24, 9).toString('base64')}`] }),
  ];
  const answers = await Promise.all(wrong.map((one) => send(at.url, one)));
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(bodies).size).toBe(1);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ error: { code: 'SIGNATURE_INVALID', retryable: false } });
  expect((await at.server.store.summary()).rechecks).toEqual([]);
});

test('no token opens the route, and none is asked for', async () => {
  await using at = await startServer(withHooks(createNastySystem()));
  const { body } = hook('msg_1', ['a1']);
  const headers = { authorization: `Bearer ${await tokenFor({ roles: ['admin'] })}` };
  expect((await send(at.url, { body, headers })).status).toBe(401);
});

test('an unknown system, one without webhooks and another method are no route', async () => {
  const config = withHooks(createNastySystem());
  const silent = { connector: createNastySystem().connector };
  await using at = await startServer({ ...config, systems: { ...config.systems, silent } });
  const call = hook('msg_1', ['a1']);
  const answers = await Promise.all([
    send(at.url, call, 'nobody'),
    send(at.url, call, 'silent'),
    send(at.url, call, '__proto__'),
    fetch(`${at.url}/hooks/erp`),
    fetch(`${at.url}/nothing`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(bodies).size).toBe(1);
});

test('a full queue and a store that cannot write ask the sender to come again', async () => {
  const erp = createNastySystem();
  const config = withHooks(erp, { notices: { maxWaiting: 1 } });
  await using at = await startServer(config);
  erp.outage = new SystemError('down', 'connection refused');
  expect((await send(at.url, hook('msg_1', ['a1']))).status).toBe(202);
  const full = await send(at.url, hook('msg_2', ['a2']));
  expect(full.status).toBe(503);
  expect(full.headers.get('retry-after')).toBe('30');
  expect(await full.json()).toMatchObject({ error: { code: 'SERVER_BUSY', retryable: true, retryAfterMs: 30_000 } });
  await at.server.reconciler.close();
  await at.server.store.close();
  const closed = await send(at.url, hook('msg_3', ['a1']));
  expect(closed.status).toBe(503);
  expect(closed.headers.get('retry-after')).toBe('30');
});

test('a body that is too large is refused, and one of any content type is passed on as it came', async () => {
  await using at = await startServer(withHooks(createNastySystem()));
  const large = await send(at.url, { body: 'x'.repeat(2 * 1024 * 1024 + 1), headers: {} });
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
  const call = hook('msg_1', ['a1']);
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'a/b; c']) {
    const answer = await send(at.url, { ...call, headers: { ...call.headers, 'content-type': type } });
    expect(answer.status).toBe(202);
  }
});

test('a function that cannot read an event fails for the sender, and the server goes on', async () => {
  const { connector } = createNastySystem();
  const scheme = shopify({ secrets: ['s'] });
  const broken = webhooks({ connector, scheme, notices: (event) => [(event.data as unknown as () => never)()] });
  await using at = await startServer({ systems: { erp: { connector: broken } } });
  const answer = await send(at.url, shopifyCall({ secret: 's', body: '{}' }));
  expect(answer.status).toBe(500);
  expect(JSON.stringify(await answer.json())).not.toMatch(/not a function|hooks\.test/);
  expect((await fetch(`${at.url}/livez`)).status).toBe(200);
});

test('an address that comes too often is asked to wait, apart from its other requests', async () => {
  await using at = await startServer({ ...withHooks(createNastySystem()), server: { requestsPerMinute: 2 } });
  const statuses: number[] = [];
  for (let call = 0; call < 21; call += 1) statuses.push((await send(at.url, hook(`msg_${call}`, ['a1']))).status);
  expect(statuses).toEqual([...Array(20).fill(202), 429]);
  expect(
    (await fetch(`${at.url}/trpc/info`, { headers: { authorization: `Bearer ${await tokenFor()}` } })).status,
  ).toBe(200);
});

test('webhooks are put around one connector once', () => {
  const { connector } = createNastySystem();
  const scheme = hmacSignature({ secrets: ['s'], header: 'x-signature' });
  const once = webhooks({ connector, scheme, notices: () => [] });
  expect(once.kind).toBe('webhooks+nasty');
  expect(() => webhooks({ connector: once, scheme, notices: () => [] })).toThrow(/already hears of changes by receive/);
  expect(() => webhooks({ scheme } as unknown as Parameters<typeof webhooks>[0])).toThrow(/connector.streams, notices/);
});

const POLL = { timeout: 10_000 };

interface Event {
  readonly keys: readonly string[];
}

function withHooks(erp: NastySystem, limits: object = {}): SyncServerConfig {
  const connector = webhooks({
    connector: erp.connector,
    scheme: standardWebhooks({ secrets: [SECRET] }),
    notices: ({ data }) => [{ stream: 'items', keys: (data as unknown as Event).keys }],
  });
  const binding = articleBinding({ strategies: [eventDriven()] });
  return { datastores: [binding.datastore], systems: { erp: { connector, ...limits } }, bindings: [binding] };
}

function hook(id: string, keys: readonly string[]): SignedWebhook {
  return standardCall({ id, body: JSON.stringify({ keys }), at: Date.now(), secrets: [SECRET] });
}

function send(url: string, { headers, body }: SignedWebhook, system = 'erp'): Promise<Response> {
  return fetch(`${url}/hooks/${system}`, { method: 'POST', headers, body });
}

async function name(at: Awaited<ReturnType<typeof startServer>>): Promise<unknown> {
  const stored = await at.server.store.document('main', { datastore: 'article', id: 'items-a1' });
  return stored === null ? null : JSON.parse(stored.body).name;
}
