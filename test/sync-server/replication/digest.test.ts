import {
  DIGEST_LENGTH,
  type Digests,
  documentDigest,
  ID_DIGEST_LENGTH,
  idDigest,
  parsePulledRows,
  readDigests,
  writeDigests,
} from '@datastores/core/protocol';
import { systemClock } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { createReplicationService } from '../../../apps/sync-server/src/replication/service.ts';
import { writeThere } from '../../support/sync.ts';
import { callerOf, headerOf, openService, pullPage, type Wire } from './test-service.ts';
import { things } from './thing.ts';

type Service = Awaited<ReturnType<typeof openService>>;

function wireOf({ service }: Service, scopes?: readonly string[]): Wire {
  return { service, caller: callerOf('ana', scopes), datastore: things, replica: 'r1' };
}

function ask(wire: Wire, question: Partial<Parameters<Wire['service']['digest']>[0]>) {
  const nothing = { checkpoint: null, split: [], list: [], wanted: '', doubted: [] };
  return wire.service.digest({ ...headerOf(wire), ...nothing, ...question }, wire.caller);
}

async function digests(wire: Wire, question: Parameters<typeof ask>[1]): Promise<Digests> {
  const answer = await ask(wire, question);
  if (answer.kind !== 'digests') throw new Error(`expected digests, got ${answer.kind}`);
  return answer;
}

const all = (answer: Digests) => readDigests(answer.split[0] ?? '', DIGEST_LENGTH);

test('what changed since the position of the replica is named and left out', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  await writeThere(at.store, things, [
    { id: 'a', name: 'A' },
    { id: 'b', name: 'B' },
    { id: 'c', name: 'C' },
  ]);
  const { checkpoint } = await pullPage(wire);
  const before = await digests(wire, { checkpoint, split: [''] });
  expect(before.changed).toBe('');

  await writeThere(at.store, things, [
    { id: 'a', name: 'A2' },
    { id: 'b', gone: true },
    { id: 'd', name: 'D' },
  ]);
  const after = await digests(wire, { checkpoint, split: [''], list: [''] });

  expect(new Set(readDigests(after.changed, ID_DIGEST_LENGTH))).toEqual(new Set(['a', 'b', 'd'].map(idDigest)));
  const stored = await at.store.document('main', { datastore: 'thing', id: 'c' });
  const left = documentDigest({
    scope: 'main',
    version: stored?.version ?? '',
    document: JSON.parse(stored?.body ?? '{}'),
  });
  expect(after.list[0]).toBe(writeDigests([idDigest('c')], ID_DIGEST_LENGTH) + writeDigests([left], DIGEST_LENGTH));
  expect(all(after).filter((sum) => sum !== 0)).toEqual([left]);
});

test('a replica that lacks too much is told to pull first, and one of another history gets the reset', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  await writeThere(at.store, things, [{ id: 'first', name: 'F' }]);
  const { checkpoint } = await pullPage(wire);
  const many = Array.from({ length: 501 }, (_, index) => ({ id: `t${index}`, name: 'T' }));
  await writeThere(at.store, things, many);

  expect(await ask(wire, { checkpoint, split: [''] })).toEqual({ kind: 'behind' });
  const main = { ...checkpoint['main'], seq: 9_999, epoch: checkpoint['main']?.epoch ?? '', tag: 'x' };
  expect(await ask(wire, { checkpoint: { main }, split: [''] })).toEqual({
    kind: 'reset',
    scopes: [{ scope: 'main', reason: 'server-behind' }],
  });
});

test('without a position the newest one is told, and everything is compared with that', async () => {
  await using at = await openService([things]);
  await writeThere(at.store, things, [{ id: 'a', name: 'A' }]);

  const answer = await digests(wireOf(at), { split: [''] });

  expect(answer.checkpoint).toEqual({ main: (await at.store.head('main')).position });
  expect(answer.changed).toBe('');
  expect(all(answer).some((sum) => sum !== 0)).toBe(true);
});

test('documents are sent by the digest of their id, and those in doubt by their id or as absent', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  await writeThere(at.store, things, [
    { id: 'a', name: 'A' },
    { id: 'b', name: 'B' },
    { id: 'c', name: 'C' },
  ]);
  await writeThere(at.store, things, [{ id: 'c', gone: true }]);
  const { checkpoint } = await pullPage(wire);

  const wanted = writeDigests([idDigest('a'), idDigest('nowhere')], ID_DIGEST_LENGTH);
  const answer = await digests(wire, { checkpoint, wanted, doubted: ['b', 'c', 'never'] });

  const rows = parsePulledRows(answer.documents);
  expect(rows.map((row) => 'doc' in row && row.doc['name']).sort()).toEqual(['A', 'B']);
  expect(answer).toMatchObject({ absent: ['c', 'never'], taken: 2 });
});

test('nothing is told of a scope that the caller may not see', async () => {
  await using at = await openService([things]);
  await writeThere(at.store, things, [{ id: 'a', name: 'A' }]);
  const stranger = wireOf(at, ['elsewhere']);
  const wanted = writeDigests([idDigest('a')], ID_DIGEST_LENGTH);

  const answer = await digests(stranger, { split: [''], list: [''], wanted, doubted: ['a'] });

  expect(all(answer).every((sum) => sum === 0)).toBe(true);
  expect(answer).toMatchObject({ list: [''], documents: '', absent: ['a'], changed: '' });
  const { checkpoint } = await pullPage(wireOf(at));
  expect(await ask(stranger, { checkpoint, split: [''] })).toMatchObject({
    kind: 'reset',
    scopes: [{ scope: 'main', reason: 'forbidden' }],
  });
});

test('the digests kept from an earlier request follow every later write and the end of the retention', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  for (let round = 0; round < 30; round += 1) {
    await writeThere(at.store, things, [
      { id: `t${round % 7}`, name: `N${round}` },
      round % 3 === 0 ? { id: `t${(round + 1) % 7}`, gone: true } : { id: `u${round % 5}`, name: 'U' },
    ]);
    if (round === 20) await at.store.compact({ before: Date.now() + 1 });
    const kept = await digests(wire, { split: [''] });
    const service = createReplicationService({ store: at.store, datastores: [things], clock: systemClock });
    const anew = await digests({ ...wire, service }, { split: [''] });
    service.close();
    expect(all(kept)).toEqual(all(anew));
  }
});

test('of many large documents in doubt an answer holds a page, and names none as absent that is there', async () => {
  await using at = await openService([things]);
  const wire = wireOf(at);
  const large = Array.from({ length: 12 }, (_, index) => ({ id: `t${index}`, name: 'N'.repeat(200_000) }));
  await writeThere(at.store, things, large);
  const { checkpoint } = await pullPage(wire);

  const answer = await digests(wire, { checkpoint, doubted: large.map(({ id }) => id) });

  const rows = parsePulledRows(answer.documents);
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.length).toBeLessThan(12);
  expect(answer.absent).toEqual([]);
});
