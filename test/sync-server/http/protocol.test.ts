import type { DatastoreError } from '@datastores/core';
import {
  fromWireError,
  MAX_BODY_BYTES,
  PROTOCOL_VERSION,
  parsePulledRows,
  transformer,
} from '@datastores/core/protocol';
import { TRPCClientError } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import { startServer, tokenFor } from './test-server.ts';

const header = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: 0 };
const pullAll = { ...header, checkpoint: null, maxRows: 10, maxBytes: 100_000 };
const nail = { id: 'p1', sku: 'A-1', name: 'Nail', status: 'active' };

function insertRow(doc: { readonly id: string }) {
  return { id: doc.id, base: null, edit: 1, changed: Object.keys(doc).filter((field) => field !== 'id'), was: {}, doc };
}

/** The error of the protocol that a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<DatastoreError> {
  const error = await call.then(
    () => new Error('expected a refusal'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCClientError)) throw error;
  const known = fromWireError(error.data?.error);
  if (known === null) throw error;
  expect(JSON.stringify(error.data)).not.toContain('stack');
  return known;
}

describe('over HTTP', () => {
  test('what one replica pushes, another one pulls', async () => {
    await using at = await startServer();
    const till = at.client(await tokenFor({ sub: 'till' }));
    const rows = JSON.stringify([insertRow(nail)]);
    const pushed = await till.push.mutate({ ...header, replica: 'replica-till', checkpoint: null, rows });
    expect(pushed).toMatchObject({ kind: 'done', outcomes: [{ is: 'accepted', id: 'p1' }] });
    const office = at.client(await tokenFor({ sub: 'office' }));
    const page = await office.pull.mutate(pullAll);
    if (page.kind !== 'page') throw new Error('expected a page');
    expect(parsePulledRows(page.documents)).toMatchObject([{ s: 'main', doc: nail }]);
    expect(page).toMatchObject({ hasMore: false, dropped: [], remaining: 0 });
  });

  test('one hostile row among good ones is refused alone', async () => {
    await using at = await startServer();
    const till = at.client(await tokenFor());
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const good = JSON.stringify(insertRow(nail));
    const hostile = [
      '7',
      '{"id":"p2"}',
      `{"id":"p3","base":null,"edit":1,"changed":[],"was":{},"doc":{"id":"p3","sku":${deep}}}`,
      `{"id":"p4","base":null,"edit":1,"changed":[],"was":${deep.replaceAll('[', '{"a":').replaceAll(']', '}').replace(':}', ':1}')},"doc":null}`,
      '{"id":"p5","base":null,"edit":1,"changed":["sku"],"was":{},"doc":{"id":"p5","__proto__":{"admin":true}}}',
      '{"id":"p6","base":null,"edit":1,"changed":[],"was":{},"doc":{"id":"other"}}',
      '{"id":"p7","base":null,"edit":1,"changed":["sku"],"was":{},"doc":{"id":"p7","sku":"A"}}',
      '{"id":"","base":null,"edit":1,"changed":[],"was":{},"doc":{"id":""}}',
    ];
    const rows = `[${[...hostile, good].join(',')}]`;
    const answer = await till.push.mutate({ ...header, replica: 'replica-till', checkpoint: null, rows });
    if (answer.kind !== 'done') throw new Error('expected outcomes');
    expect(answer.outcomes.map(({ is }) => is)).toEqual([...hostile.map(() => 'rejected'), 'accepted']);
    expect(answer.outcomes.map(({ id }) => id)).toEqual(['', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', '', 'p1']);
  });

  test('the info of the server needs no token and names what is served', async () => {
    await using at = await startServer();
    const info = await at.client(null).info.query();
    expect(info).toMatchObject({
      protocol: PROTOCOL_VERSION,
      datastores: [{ name: 'product', schemaVersion: 0 }, {}, {}, {}],
    });
  });
});

describe('a request is refused in words', () => {
  test.each([
    { title: 'without a token', code: 'TOKEN_INVALID', words: 'There is no Authorization header.' },
    { title: 'with something that is no token', token: 'nonsense', code: 'TOKEN_INVALID', words: 'malformed' },
    {
      title: 'with a foreign signature',
      sign: { secret: 'x'.repeat(40) },
      code: 'TOKEN_INVALID',
      words: 'not signed by',
    },
    { title: 'with a token that has expired', sign: { ttlS: -60 }, code: 'TOKEN_EXPIRED', words: 'has expired' },
    { title: 'with a token without a subject', claims: { sub: undefined }, code: 'TOKEN_INVALID', words: '"sub"' },
    { title: 'with scopes that are no list', claims: { scopes: 'main' }, code: 'TOKEN_INVALID', words: '"scopes"' },
    {
      title: 'with a scope that is a trap',
      claims: { scopes: ['__proto__'] },
      code: 'TOKEN_INVALID',
      words: '"scopes"',
    },
  ])('$title', async ({ token, claims, sign, code, words }) => {
    await using at = await startServer();
    const given = claims === undefined && sign === undefined ? (token ?? null) : await tokenFor(claims, sign);
    const error = await refusal(at.client(given).pull.mutate(pullAll));
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toContain(words);
    expect(error.remedy).not.toBe('');
  });

  test('with an algorithm that the token chose itself', async () => {
    await using at = await startServer();
    const [, body] = (await tokenFor()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    expect(await refusal(at.client(none).pull.mutate(pullAll))).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test.each([
    ['of an unknown datastore', { datastore: 'spaceship' }, 'DATASTORE_UNKNOWN'],
    ['of a newer schema', { schemaVersion: 9 }, 'UPGRADE_REQUIRED'],
    ['of a newer protocol', { protocol: 99 }, 'UPGRADE_REQUIRED'],
    ['with a malformed checkpoint', { checkpoint: { main: { epoch: 'x' } } }, 'CHECKPOINT_INVALID'],
    [
      'with a checkpoint before the beginning',
      { checkpoint: { main: { epoch: 'x', seq: -1, tag: '' } } },
      'CHECKPOINT_INVALID',
    ],
    ['for more rows than a page may have', { maxRows: 1_000_000 }, 'REQUEST_INVALID'],
    ['with fields that do not exist', { extra: true }, 'REQUEST_INVALID'],
  ] as const)('%s', async (_title, wrong, code) => {
    await using at = await startServer();
    const call = at.client(await tokenFor()).pull.mutate({ ...pullAll, ...wrong } as never);
    expect(await refusal(call)).toMatchObject({ code, retryable: false });
  });

  test('with a body above the limit, so that the replica halves its batch', async () => {
    await using at = await startServer();
    const rows = `[${' '.repeat(MAX_BODY_BYTES)}]`;
    const request = { ...header, replica: 'replica-till', checkpoint: null, rows };
    const error = await refusal(at.client(await tokenFor()).push.mutate(request));
    expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: true });
  });

  test('above the limit of requests, with the time to wait', async () => {
    await using at = await startServer({ server: { requestsPerMinute: 2 } });
    const client = at.client(await tokenFor({ sub: 'eager' }));
    await client.pull.mutate(pullAll);
    await client.pull.mutate(pullAll);
    const error = await refusal(client.pull.mutate(pullAll));
    expect(error).toMatchObject({ code: 'SERVER_BUSY', retryable: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    const patient = at.client(await tokenFor({ sub: 'patient' }));
    expect(await patient.pull.mutate(pullAll)).toMatchObject({ kind: 'page' });
  });

  test('with a replica id that belongs to somebody else', async () => {
    await using at = await startServer();
    const request = { ...header, replica: 'replica-till', checkpoint: null, rows: '[]' };
    await at.client(await tokenFor({ sub: 'ana' })).push.mutate(request);
    const error = await refusal(at.client(await tokenFor({ sub: 'bob' })).push.mutate(request));
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what is no call of the protocol', () => {
  test('a batch of calls is refused as one', async () => {
    await using at = await startServer();
    const path = Array.from({ length: 2000 }, () => 'info').join(',');
    const response = await fetch(`${at.url}/trpc/${path}?batch=1`);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const two = await fetch(`${at.url}/trpc/info,info?batch=1&input={}`);
    expect(two.status).toBe(400);
  });

  test('another content type is refused before it is read', async () => {
    await using at = await startServer();
    for (const type of ['text/plain', 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type, authorization: `Bearer ${await tokenFor()}` };
      const response = await fetch(`${at.url}/trpc/pull`, { method: 'POST', headers, body: '{}' });
      expect(response.status).toBe(415);
      const { error } = (await response.json()) as { error: Parameters<typeof transformer.deserialize>[0] };
      expect(transformer.deserialize(error)).toMatchObject({ data: { error: { code: 'REQUEST_INVALID' } } });
    }
  });

  test('values that are not plain JSON are refused', async () => {
    await using at = await startServer();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor()}` };
    const body = JSON.stringify({
      json: { ...pullAll, datastore: '/(a+)+$/' },
      meta: { values: { datastore: ['regexp'] } },
    });
    const response = await fetch(`${at.url}/trpc/pull`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
  });

  test('a route that does not exist says so', async () => {
    await using at = await startServer();
    const response = await fetch(`${at.url}/admin`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 'REQUEST_INVALID', message: 'There is no such route.' },
    });
  });
});
