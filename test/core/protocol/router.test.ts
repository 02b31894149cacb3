import { DatastoreError } from '@datastores/core';
import {
  type Caller,
  fromWireError,
  type ReplicationRouter,
  type ReplicationService,
  transformer,
} from '@datastores/core/protocol';
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, test } from 'vitest';
import { serve, service } from './test-server.ts';

const header = { protocol: 1, datastore: 'product', schemaVersion: 0 };
const pull = { ...header, checkpoint: null, maxRows: 10, maxBytes: 1000 };
const subscription = { protocol: 1, datastores: { product: 0 } };
const push = { ...header, replica: 'replica-1', checkpoint: null, rows: '[]' };

async function authenticate(authorization: string): Promise<Caller> {
  if (authorization === 'Bearer good') return { subject: 'ada', scopes: ['shop'], expiresAt: null };
  if (authorization === 'Bearer old') throw new DatastoreError('TOKEN_EXPIRED', 'It ended an hour ago.');
  throw new DatastoreError('TOKEN_INVALID', 'There is no token.');
}

function clientOf(url: string, token = 'good') {
  const authorization = `Bearer ${token}`;
  return createTRPCClient<ReplicationRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url,
          transformer,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
          },
        }),
        false: httpLink({ url, transformer, headers: { authorization } }),
      }),
    ],
  });
}

/** What the client is told of a call that fails: the error of the wire, and the HTTP status. */
async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCClientError)) throw new Error(`Expected a client error, got ${String(error)}`);
  return { status: error.data?.httpStatus, error: fromWireError(error.data?.error), data: error.data };
}

const failing = (error: unknown): ReplicationService => ({
  ...service,
  pull: async () => {
    throw error;
  },
  async *changes() {
    yield { all: true, steps: [] };
    throw error;
  },
});

test('info needs no token, pull and push do their work with one', async () => {
  await using server = await serve(service, authenticate);

  expect(await clientOf(server.url, 'bad').info.query()).toMatchObject({ protocol: 1 });
  expect(await clientOf(server.url).pull.mutate(pull)).toMatchObject({
    kind: 'page',
    checkpoint: { shop: { seq: 1 } },
  });
  expect(await clientOf(server.url).push.mutate(push)).toEqual({ kind: 'done', outcomes: [], acknowledged: {} });
});

test.each([
  ['bad', 'TOKEN_INVALID'],
  ['old', 'TOKEN_EXPIRED'],
])('the token "%s" is answered with %s, whatever the request holds', async (token, code) => {
  await using server = await serve(service, authenticate);

  for (const request of [pull, {}, { ...pull, protocol: 99 }]) {
    const failure = await failureOf(clientOf(server.url, token).pull.mutate(request as typeof pull));
    expect(failure).toMatchObject({ status: 401, error: { code, retryable: false } });
  }
});

test.each([
  ['a missing field', { ...pull, maxRows: undefined }, 'REQUEST_INVALID', 'maxRows: '],
  ['too many rows', { ...pull, maxRows: 1e6 }, 'REQUEST_INVALID', 'maxRows: Too big'],
  ['an unknown field', { ...pull, admin: true }, 'REQUEST_INVALID', 'admin'],
  ['no request', undefined, 'REQUEST_INVALID', 'the request: '],
  [
    'a broken checkpoint',
    { ...pull, checkpoint: { shop: { epoch: 'e', seq: -1, tag: 't' } } },
    'CHECKPOINT_INVALID',
    'checkpoint.shop.seq: ',
  ],
  [
    'a broken position of an acknowledgement',
    { ...pull, acknowledged: { shop: { epoch: 'e', seq: 1.5, tag: 't' } } },
    'CHECKPOINT_INVALID',
    'acknowledged.shop.seq: ',
  ],
  ['a checkpoint that is a text', { ...pull, checkpoint: 'x' }, 'CHECKPOINT_INVALID', 'checkpoint: '],
])('%s is refused and the message names the place', async (...[, request, code, message]) => {
  await using server = await serve(service, authenticate);
  const failure = await failureOf(clientOf(server.url).pull.mutate(request as typeof pull));

  expect(failure).toMatchObject({ status: 400, error: { code, retryable: false } });
  expect(failure.error?.message).toContain(message);
});

test('another version of the protocol asks for an upgrade, whatever its requests look like', async () => {
  await using server = await serve(service, authenticate);
  const failure = await failureOf(
    clientOf(server.url).push.mutate({ protocol: 2, lines: [] } as unknown as typeof push),
  );

  expect(failure).toMatchObject({
    status: 412,
    error: { code: 'UPGRADE_REQUIRED', remedy: expect.stringContaining('Update the server') },
  });
  expect(failure.error?.message).toContain('speaks protocol 2, this server 1');
});

test.each([
  [new DatastoreError('FORBIDDEN', 'Not yours.'), 403, 'FORBIDDEN'],
  [new DatastoreError('SERVER_BUSY', 'Slow down.', { retryAfterMs: 700 }), 429, 'SERVER_BUSY'],
  [
    new DatastoreError('STORE_UNAVAILABLE', 'Disk full.', { cause: new Error('/srv/secret') }),
    500,
    'STORE_UNAVAILABLE',
  ],
  [new DatastoreError('DATASTORE_UNKNOWN', 'There is no "thing".'), 400, 'DATASTORE_UNKNOWN'],
  [new Error('/srv/secret'), 500, 'SERVER_FAILED'],
  ['/srv/secret', 500, 'SERVER_FAILED'],
])('%s thrown by the service arrives with its code and nothing else', async (thrown, status, code) => {
  await using server = await serve(failing(thrown), authenticate);
  const failure = await failureOf(clientOf(server.url).pull.mutate(pull));

  expect(failure).toMatchObject({ status, error: { code } });
  if (thrown instanceof DatastoreError) expect(failure.error).toMatchObject({ message: thrown.message });
  expect(Object.keys(failure.data ?? {}).sort()).toEqual(['code', 'error', 'httpStatus']);
  expect(JSON.stringify(failure.data)).not.toMatch(/secret|stack|\.ts:/);
});

test.each([
  ['a text that is no JSON', 'pull', '{', 400],
  ['a hostile annotation', 'pull', '{"json":{"a":"/(a+)+$/"},"meta":{"values":{"a":["regexp"]}}}', 400],
  ['an unknown route', 'drop', {}, 404],
  ['a query called as a mutation', 'info', {}, 405],
])('%s is answered with REQUEST_INVALID and no stack', async (...[, route, message, status]) => {
  await using server = await serve(service, authenticate);
  const answer = await server.post(route, message);

  expect(answer.status).toBe(status);
  expect(answer.text).toContain('"code":"REQUEST_INVALID"');
  expect(answer.text).not.toMatch(/stack|\.ts:|node_modules/);
});

/** The pokes of a subscription until it ends, and the error that ended it. */
function listen(client: ReturnType<typeof clientOf>) {
  const pokes: unknown[] = [];
  return new Promise<{ pokes: readonly unknown[]; error: unknown }>((resolve) => {
    const stream = client.changes.subscribe(subscription, {
      onData: (poke) => pokes.push(poke),
      onError: (error) => end(error),
      onComplete: () => end(null),
    });
    const end = (error: unknown) => {
      stream.unsubscribe();
      resolve({ pokes, error });
    };
  });
}

test('changes stream to a client that sends its token in a header', async () => {
  await using server = await serve(service, authenticate);

  expect(await listen(clientOf(server.url))).toEqual({
    pokes: [{ all: true, steps: [{ scope: 'shop', after: null, to: { epoch: 'e', seq: 1, tag: 't' }, changes: {} }] }],
    error: null,
  });
});

test('a stream without a valid token never starts', async () => {
  await using server = await serve(service, authenticate);
  const { pokes, error } = await listen(clientOf(server.url, 'bad'));

  expect(pokes).toEqual([]);
  expect(error).toBeInstanceOf(TRPCClientError);
});

test('a failure within a stream says nothing of its cause, and the client opens the stream again', async () => {
  await using server = await serve(failing(new Error('/srv/secret')), authenticate);
  const stream = await server.read('changes', subscription);
  expect(stream).toContain('"code":"SERVER_FAILED"');
  expect(stream).not.toMatch(/secret|stack|\.ts:/);

  const states: unknown[] = [];
  await new Promise<void>((resolve) => {
    const stream = clientOf(server.url).changes.subscribe(subscription, {
      onConnectionStateChange: ({ state, error }) => {
        states.push([state, fromWireError(error?.data?.error)?.code]);
        if (error === null || error === undefined || states.length < 3) return;
        stream.unsubscribe();
        resolve();
      },
    });
  });
  expect(states).toContainEqual(['connecting', 'SERVER_FAILED']);
});

test('a stream is told that its token has ended', async () => {
  await using server = await serve(failing(new DatastoreError('TOKEN_EXPIRED', 'It ended.')), authenticate);
  const { error } = await listen(clientOf(server.url));

  expect(fromWireError((error as TRPCClientError<ReplicationRouter>).data?.error)).toMatchObject({
    code: 'TOKEN_EXPIRED',
  });
});
