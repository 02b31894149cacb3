import {
  type Caller,
  type ChangesRequest,
  type Poke,
  type Position,
  PROTOCOL_VERSION,
  parsePulledRows,
} from '@datastores/core/protocol';
import { defineDatastore } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { callerOf, insertRow, openService, pullPage, pushRows } from './test-service.ts';
import { things } from './thing.ts';

const others = defineDatastore({ ...things, name: 'other' });

function requestFor(datastores: Readonly<Record<string, number>> = { thing: 0 }): ChangesRequest {
  return { protocol: PROTOCOL_VERSION, datastores: { ...datastores } };
}

/** Opens a stream. `next` is its next poke. */
async function listen(at: Awaited<ReturnType<typeof openService>>, request = requestFor(), scopes = ['main']) {
  const stream = at.service
    .changes(request, callerOf('ana', scopes), new AbortController().signal)
    [Symbol.asyncIterator]();
  const next = async (): Promise<Poke> => {
    const { done, value } = await stream.next();
    if (done) throw new Error('The stream has ended.');
    return value;
  };
  return { first: await next(), next, end: async () => (await stream.next()).done };
}

/** Commits documents to a scope, all of them in one commit. */
async function put(
  at: Awaited<ReturnType<typeof openService>>,
  ids: readonly string[],
  more: { name?: string; datastore?: string; scope?: string } = {},
) {
  const { name = 'x', datastore = 'thing', scope = 'main' } = more;
  const write = (id: string) => ({ datastore, id, schemaVersion: 0, author: '@erp', base: null, from: null });
  const documents = ids.map((id) => ({ ...write(id), body: JSON.stringify({ id, name }) }));
  await at.store.write({ scope }, () => ({ documents, result: null }));
  return (await at.store.head(scope)).position;
}

/** What a poke brings to a datastore, as ids by step; null where it is to be pulled. */
function idsOf({ steps }: Poke, datastore = 'thing') {
  return steps.map(({ changes }) => {
    const text = changes[datastore];
    return typeof text === 'string' ? parsePulledRows(text).map((row) => ('del' in row ? row.del : row.doc.id)) : text;
  });
}

test('the first poke says where every scope of the caller stands, and nothing of others', async () => {
  await using at = await openService([things]);
  const main = await put(at, ['a']);
  await put(at, ['b'], { scope: 'secret' });
  const { first } = await listen(at, requestFor(), ['main', 'empty']);
  const empty = { epoch: at.store.epoch, seq: 0, tag: '' };
  expect(first).toEqual({
    all: true,
    steps: [
      { scope: 'empty', after: null, to: empty, changes: {} },
      { scope: 'main', after: null, to: main, changes: {} },
    ],
  });
});

test('a poke brings what a pull would have brought between the two places it names', async () => {
  await using at = await openService([things]);
  const wire = { service: at.service, caller: callerOf('ana'), datastore: things, replica: 'replica-1' };
  await put(at, ['a', 'b']);
  const stream = await listen(at);
  const before = await pullPage(wire);
  await pushRows(wire, [insertRow({ id: 'c', name: 'Nail' })]);
  const after = await pullPage(wire, before.checkpoint);
  const poke = await stream.next();
  expect(poke).toEqual({
    all: false,
    steps: [
      {
        scope: 'main',
        after: before.checkpoint['main'],
        to: after.checkpoint['main'],
        changes: { thing: after.documents },
      },
    ],
  });
  expect(after.rows).toMatchObject([{ doc: { id: 'c' } }]);
});

test('only the datastores that were asked for are told of, and a commit to others alone is no poke', async () => {
  await using at = await openService([things, others]);
  const stream = await listen(at, requestFor({ thing: 0 }));
  const start = await at.store.head('main');
  await put(at, ['o'], { datastore: 'other' });
  const to = await put(at, ['a']);
  const poke = await stream.next();
  expect(poke.steps).toEqual([
    { scope: 'main', after: start.position, to, changes: { thing: expect.stringContaining('"a"') } },
  ]);
});

test('a deletion is told as one', async () => {
  await using at = await openService([things]);
  await put(at, ['a']);
  const stream = await listen(at);
  await at.store.write({ scope: 'main' }, () => ({
    documents: [{ datastore: 'thing', id: 'a', body: null, schemaVersion: 0, author: '@erp', base: null, from: null }],
    result: null,
  }));
  const { steps } = await stream.next();
  expect(parsePulledRows(steps[0]?.changes['thing'] ?? '')).toMatchObject([{ del: 'a' }]);
});

test('what a commit wrote and a later one wrote again belongs to the later one', async () => {
  await using at = await openService([things]);
  const stream = await listen(at);
  await put(at, ['a', 'b'], { name: 'old' });
  await put(at, ['a'], { name: 'new' });
  const poke = await stream.next();
  expect(idsOf(poke)).toEqual([['b'], ['a']]);
  expect(poke.steps[1]?.changes['thing']).toContain('"new"');
});

test.each([
  ['more documents than are worth it', Array.from({ length: 65 }, (_, n) => `n${n}`), 'x'],
  ['one long document', ['a'], 'x'.repeat(17_000)],
  ['documents that are too long together', ['a', 'b', 'c'], 'x'.repeat(6_000)],
])('%s: the poke only says that there is something to pull', async (...[, ids, name]) => {
  await using at = await openService([things]);
  const stream = await listen(at);
  const to = await put(at, ids, { name });
  expect((await stream.next()).steps).toMatchObject([{ to, changes: { thing: null } }]);
});

test('as many documents as fit come with the poke', async () => {
  await using at = await openService([things]);
  const stream = await listen(at);
  const ids = Array.from({ length: 64 }, (_, n) => `n${n}`);
  await put(at, ids);
  expect(idsOf(await stream.next())).toEqual([ids]);
});

test('a consumer that does not read finds few commits and where the newest one led, however much happened', async () => {
  await using at = await openService([things]);
  const stream = await listen(at);
  let last: Position | undefined;
  for (let n = 1; n <= 30; n += 1) last = await put(at, [`x${n}`]);
  const poke = await stream.next();
  expect(idsOf(poke)).toEqual([['x1'], ['x2'], ['x3'], ['x4'], ['x5'], ['x6'], ['x7'], null]);
  expect(poke.steps.at(-1)).toMatchObject({ after: { seq: 7 }, to: last });
  await put(at, ['again']);
  expect((await stream.next()).steps).toMatchObject([{ after: last, to: { seq: 31 } }]);
});

test('a poke as a whole stays short: of several commits only the first ones come with it', async () => {
  await using at = await openService([things]);
  const stream = await listen(at);
  for (const id of ['a', 'b', 'c']) await put(at, [id], { name: 'x'.repeat(7_000) });
  expect(idsOf(await stream.next())).toEqual([['a'], ['b'], null]);
});

test('each replica gets the rows in its own schema version, and in one that is not served none', async () => {
  const renamed = defineDatastore({
    name: 'thing',
    version: 1,
    schema: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] } as const,
    versions: {
      1: {
        up: ({ name, ...rest }) => ({ ...rest, title: name }),
        down: ({ title, ...rest }) => ({ ...rest, name: title }),
      },
    },
  });
  await using at = await openService([renamed]);
  const old = await listen(at, requestFor({ thing: 0 }));
  const current = await listen(at, requestFor({ thing: 1 }));
  const unknown = await listen(at, requestFor({ thing: 7, nothing: 0 }));
  await at.store.write({ scope: 'main' }, () => ({
    documents: [
      {
        datastore: 'thing',
        id: 'a',
        body: '{"id":"a","title":"Nail"}',
        schemaVersion: 1,
        author: '@erp',
        base: null,
        from: null,
      },
    ],
    result: null,
  }));
  expect((await old.next()).steps[0]?.changes['thing']).toContain('"name":"Nail"');
  expect((await current.next()).steps[0]?.changes['thing']).toContain('"title":"Nail"');
  expect((await unknown.next()).steps[0]?.changes).toEqual({ thing: null });
});

test('tombstones that are gone are not left out silently', async () => {
  await using at = await openService([things]);
  await put(at, ['a']);
  const stream = await listen(at);
  await put(at, ['b']);
  await put(at, ['c']);
  await at.store.compact({ before: Date.now() + 1_000 });
  expect((await stream.next()).steps).toMatchObject([{ changes: { thing: null } }, { changes: { thing: null } }]);
});

test('after a new epoch a step does not go on from the old one', async () => {
  await using at = await openService([things]);
  await put(at, ['a']);
  const stream = await listen(at);
  const epoch = await at.store.renewEpoch();
  await put(at, ['b']);
  const [step] = (await stream.next()).steps;
  expect(step?.to.epoch).toBe(epoch);
  expect(step?.after?.epoch).not.toBe(stream.first.steps[0]?.to.epoch);
});

test('a stream ends with the token it was opened with', async () => {
  await using at = await openService([things]);
  const caller: Caller = { ...callerOf('ana'), expiresAt: Date.now() + 150 };
  const pokes: unknown[] = [];
  for await (const poke of at.service.changes(requestFor(), caller, new AbortController().signal)) pokes.push(poke);
  expect(Date.now()).toBeGreaterThanOrEqual(caller.expiresAt as number);
  expect(pokes).toHaveLength(1);
});

test('a stream that is cancelled while it waits ends at once, and with the service every other', async () => {
  await using at = await openService([things]);
  const cancel = new AbortController();
  const stream = at.service.changes(requestFor(), callerOf('ana'), cancel.signal)[Symbol.asyncIterator]();
  await stream.next();
  const waiting = stream.next();
  const other = await listen(at);
  cancel.abort();
  expect((await waiting).done).toBe(true);
  at.service.close();
  expect(await other.end()).toBe(true);
});
