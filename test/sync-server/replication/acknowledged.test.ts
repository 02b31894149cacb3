import type { Checkpoint, Position } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { callerOf, headerOf, insertRow, openService, pullPage, type Wire } from './test-service.ts';
import { things } from './thing.ts';

type At = Awaited<ReturnType<typeof openService>>;

const wireOf = (at: At, scopes: readonly string[] = ['main']): Wire => ({
  service: at.service,
  caller: callerOf('ana', scopes),
  datastore: things,
  replica: 'replica-ana',
});

const documentOf = (id: string) => insertRow({ id, name: id });

interface Told {
  readonly checkpoint?: Checkpoint | null;
  readonly acknowledged?: Checkpoint;
}

function push(wire: Wire, rows: readonly unknown[], { checkpoint = null, ...told }: Told = {}) {
  const request = { ...headerOf(wire), replica: wire.replica, checkpoint, ...told, rows: JSON.stringify(rows) };
  return wire.service.push(request, wire.caller);
}

function pull(wire: Wire, { checkpoint = null, ...told }: Told) {
  return wire.service.pull({ ...headerOf(wire), checkpoint, ...told, maxRows: 10, maxBytes: 1000 }, wire.caller);
}

async function acknowledgedBy(wire: Wire, ...ids: readonly string[]): Promise<Checkpoint> {
  const answer = await push(wire, ids.map(documentOf));
  if (answer.kind !== 'done') throw new Error('expected outcomes');
  return answer.acknowledged;
}

test('the answer to a push tells in which scope each row was decided and up to where in the feed it counts', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at, ['a', 'b']);
  await acknowledgedBy(wireOf(at, ['b']), 'in-b');
  const answer = await push(wire, [documentOf('in-b'), documentOf('x'), documentOf('y'), { id: '' }]);

  expect(answer).toMatchObject({
    kind: 'done',
    outcomes: [{ scope: 'b' }, { is: 'accepted', scope: 'a' }, { scope: 'a' }, { is: 'rejected', scope: null }],
    acknowledged: { a: (await at.store.head('a')).position, b: (await at.store.head('b')).position },
  });
});

test('a row that writes nothing is acknowledged with the place of the state that it met', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  const first = await acknowledgedBy(wire, 'x');
  await acknowledgedBy(wire, 'y');
  expect(await acknowledgedBy(wire, 'x')).toEqual(first);
  const nothing = await push(wire, [{ id: 'never', base: null, edit: 1, changed: [], was: {}, doc: null }]);
  expect(nothing).toMatchObject({ outcomes: [{ is: 'accepted' }], acknowledged: {} });
});

test('after a new epoch the place of an older state is one of this epoch', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  await acknowledgedBy(wire, 'x');
  await at.store.renewEpoch();
  const acknowledged = await acknowledgedBy(wire, 'x');
  expect(acknowledged['main']?.epoch).toBe(at.store.epoch);
  expect(await pull(wire, { acknowledged })).toMatchObject({ kind: 'page' });
});

test('what was acknowledged is looked for in the feed before anything is sent or applied', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  await acknowledgedBy(wire, 'x');
  const { checkpoint } = await pullPage(wire);
  const { main } = await acknowledgedBy(wire, 'y', 'z');
  await acknowledgedBy(wire, 'w');
  const position = main as Position;
  const cases: [Position, string | null][] = [
    [position, null],
    [{ ...position, seq: position.seq - 1 }, null],
    [{ ...position, tag: 'another' }, 'diverged'],
    [{ ...position, seq: position.seq + 1 }, 'diverged'],
    [{ ...position, seq: position.seq + 100 }, 'server-behind'],
    [{ ...position, epoch: 'another' }, 'epoch'],
  ];
  for (const [acknowledged, reason] of cases) {
    const told = { checkpoint, acknowledged: { main: acknowledged } };
    const reset = { kind: 'reset', scopes: [{ scope: 'main', reason }] };
    const pulled = await pull(wire, told);
    const pushed = await push(wire, [documentOf(`new-${reason}`)], told);
    if (reason === null) expect([pulled.kind, pushed.kind]).toEqual(['page', 'done']);
    else expect([pulled, pushed]).toEqual([reset, reset]);
    const key = { datastore: 'thing', id: `new-${reason}` };
    expect((await at.store.document('main', key)) === null, `${reason}`).toBe(reason !== null);
  }
});

test('what was acknowledged before a tombstone that is gone needs a new pull', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  const acknowledged = await acknowledgedBy(wire, 'x');
  const { rows } = await pullPage(wire);
  await push(wire, [{ id: 'x', base: rows[0]?.v ?? null, edit: 2, changed: [], was: {}, doc: null }]);
  await acknowledgedBy(wire, 'y');
  await at.store.compact({ before: Date.now() + 1_000 });
  const reset = { kind: 'reset', scopes: [{ scope: 'main', reason: 'compacted' }] };
  expect(await pull(wire, { acknowledged })).toEqual(reset);
});

test('a scope is named once, and one that the caller may not see is not compared', async () => {
  await using at = await openService([things]);
  const wrong = { main: { epoch: 'another', seq: 1, tag: 't' }, secret: { epoch: 'another', seq: 1, tag: 't' } };
  const told = { checkpoint: wrong, acknowledged: wrong };
  expect(await pull(wireOf(at), told)).toEqual({ kind: 'reset', scopes: [{ scope: 'main', reason: 'epoch' }] });
});

test('a scope that was lost before it was ever pulled is dropped, and forbids a push until then', async () => {
  await using at = await openService([things]);
  const acknowledged = await acknowledgedBy(wireOf(at, ['lost']), 'x');
  const wire = wireOf(at);
  expect(await push(wire, [documentOf('y')], { acknowledged })).toEqual({
    kind: 'reset',
    scopes: [{ scope: 'lost', reason: 'forbidden' }],
  });
  expect(await pull(wire, { acknowledged })).toMatchObject({ kind: 'page', dropped: ['lost'] });
});
