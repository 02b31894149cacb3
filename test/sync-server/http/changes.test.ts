import { type Poke, PROTOCOL_VERSION, type ReplicationRouter, transformer } from '@datastores/core/protocol';
import { createTRPCClient, httpSubscriptionLink, type TRPCClient } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';
import { startServer, tokenFor } from './test-server.ts';

const header = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: 0 };

function streamClient(url: string, token: string): TRPCClient<ReplicationRouter> {
  const authorised: typeof fetch = (input, init) =>
    fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
  return createTRPCClient<ReplicationRouter>({
    links: [
      httpSubscriptionLink({
        url: `${url}/trpc`,
        transformer,
        EventSource,
        eventSourceOptions: () => ({ fetch: authorised }),
      }),
    ],
  });
}

/** Subscribes and collects pokes; `until` resolves when one fits, `ended` when the stream is over. */
function subscribe(client: TRPCClient<ReplicationRouter>) {
  const pokes: Poke[] = [];
  let check = () => {};
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const subscription = client.changes.subscribe(
    { protocol: PROTOCOL_VERSION, datastores: { product: 0 } },
    {
      onData: (poke) => {
        pokes.push(poke);
        check();
      },
      onComplete: end,
      onError: end,
    },
  );
  const until = (fits: (poke: Poke) => boolean) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (pokes.some(fits)) resolve();
      };
      check();
    });
  return { pokes, until, ended, [Symbol.dispose]: () => subscription.unsubscribe() };
}

async function insert(at: Awaited<ReturnType<typeof startServer>>, id: string, scope: string): Promise<void> {
  const doc = { id, sku: id, name: id, status: 'active' };
  const rows = JSON.stringify([{ id, base: null, edit: 1, changed: ['sku', 'name', 'status'], was: {}, doc }]);
  const client = at.client(await tokenFor({ scopes: [scope] }));
  await client.push.mutate({ ...header, replica: 'replica-till', checkpoint: null, rows });
}

test('a stream says where the feed stands at once, and pokes for own scopes only', async () => {
  await using at = await startServer();
  await insert(at, 'p1', 'berlin');
  using stream = subscribe(streamClient(at.url, await tokenFor({ scopes: ['berlin'] })));
  await stream.until(({ all, steps }) => all && steps[0]?.to.seq === 1);
  await insert(at, 'p2', 'paris');
  await insert(at, 'p3', 'berlin');
  await stream.until(({ steps }) => steps[0]?.changes['product']?.includes('"p3"') === true);
  expect(JSON.stringify(stream.pokes)).not.toMatch(/paris|p2/);
});

test('a stream ends when the server stops', async () => {
  await using at = await startServer();
  using stream = subscribe(streamClient(at.url, await tokenFor()));
  await stream.until(() => true);
  const before = Date.now();
  await at.server.close();
  await stream.ended;
  expect(Date.now() - before).toBeLessThan(5_000);
});
