import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insert, item, next, write } from '../../suites/storage/item.ts';
import { type Peer, type PeerProgram, preparePeers, toldTo } from './peers.ts';
import { openSqlitePlace } from './sqlite-place.ts';

let program: PeerProgram;
beforeAll(async () => {
  program = await preparePeers();
});
afterAll(() => program[Symbol.dispose]());

const POLL = { timeout: 10_000, interval: 20 };

test('changes of another process arrive live, each once and in order, with the state before, from the first one on', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 2);
  const [one, two] = peers as unknown as [Peer, Peer];
  await one.do('insert a 1');
  await one.do('raise a0 300');
  await expect.poll(async () => (await toldTo(two)).length, POLL).toBe(301);
  const told = await toldTo(two);
  expect(told.map(({ age }) => age)).toEqual(Array.from({ length: 301 }, (_, at) => at + 1));
  expect(told.map(({ before }) => before)).toEqual([null, ...Array.from({ length: 300 }, (_, at) => at + 1)]);
  expect(await toldTo(one), 'own changes come once as well').toEqual(told);
});

test('two files whose databases have one name do not hear each other', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  using others = await program.start(join(place.folder, 'other.db'), 2);
  const [writing, listening] = others as unknown as [Peer, Peer];
  await peers[0]?.do('insert a 5');
  await writing.do('insert b 5');
  await expect.poll(async () => (await toldTo(listening)).length, POLL).toBe(5);
  const ids = new Set((await toldTo(listening)).map(({ id }) => id));
  expect([...ids].filter((id) => id.startsWith('a'))).toEqual([]);
});

test('processes that raise one number at once lose none of it, and no sequence number is given twice', async () => {
  await using place = await openSqlitePlace();
  await insert(await place.open(), [item('shared', { age: 0 })]);
  using peers = await program.start(place.filename, 3);
  const conflicts = (await Promise.all(peers.map((peer) => peer.do('raise shared 100')))) as number[];
  expect(
    conflicts.reduce((sum, count) => sum + count, 0),
    'they met',
  ).toBeGreaterThan(0);
  const [found] = await (await place.open()).findDocumentsById(['shared'], false);
  expect([found?.age, found?._rev.split('-')[0]]).toEqual([300, '301']);
  const [first] = peers as unknown as [Peer];
  await expect.poll(async () => (await toldTo(first)).length, POLL).toBe(300);
  const seqs = (await toldTo(first)).map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
});

test('processes that open a new file at once all come in, and what each writes is there', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 4);
  await Promise.all(peers.map((peer, at) => peer.do(`insert ${at}- 50`)));
  const counts = await Promise.all(peers.map((peer) => peer.do('count')));
  expect(counts).toEqual([200, 200, 200, 200]);
  const database = new Database(place.filename);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
});

test('a lock held longer than busyTimeoutMs is told with the remedy, and the write can be repeated', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const instance = await place.open({ busyTimeoutMs: 100 });
  const stored = item('kept');
  await insert(instance, [stored]);
  expect(await peers[0]?.do('hold 700')).toBe('held');
  const change = [{ previous: stored, document: next(stored, { age: 7 }) }, { document: item('new') }];
  await expect(instance.bulkWrite(change, 'test')).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(/another process held the database longer than busyTimeoutMs/),
    remedy: expect.stringContaining('raise busyTimeoutMs'),
  });
  expect(await instance.findDocumentsById(['kept', 'new'], false), 'reads go on').toEqual([stored]);
  await peers[0]?.process.line();
  await write(instance, change);
  expect((await instance.findDocumentsById(['kept', 'new'], false)).map(({ age }) => age)).toEqual([7, 1]);
});

test('a process that closes or is killed does not disturb another, and one that removes the collection is told of', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 4);
  const [closing, killed, removing, left] = peers as unknown as [Peer, Peer, Peer, Peer];
  await left.do('insert a 3');
  await closing.do('close');
  expect(await closing.do('count')).toMatchObject({ code: 'REPLICA_CLOSED' });
  await killed.process.kill();
  await left.do('insert b 3');
  expect(await left.do('count')).toBe(6);
  await removing.do('remove');
  for (const line of ['count', 'insert c 1']) {
    expect(await left.do(line)).toMatchObject({ code: 'REPLICA_CLOSED', message: expect.stringMatching(/removed/) });
  }
  expect(await (await place.open()).findDocumentsById(['a0', 'b0'], true)).toEqual([]);
});

test('a process that stood still until news of it were gone is told of everything that it missed', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 2);
  const [writing, frozen] = peers as unknown as [Peer, Peer];
  await writing.do('insert a 2');
  await expect.poll(async () => (await toldTo(frozen)).length, POLL).toBe(2);
  frozen.process.child.kill('SIGSTOP');
  await writing.do('raise a1 3');
  await writing.do('insert b 2');
  const database = new Database(place.filename);
  expect(database.prepare('DELETE FROM news').run().changes).toBe(7);
  database.close();
  frozen.process.child.kill('SIGCONT');
  await writing.do('insert c 1');
  const ids = async () => new Set((await toldTo(frozen)).slice(2).map(({ id, age }) => `${id} ${age}`));
  await expect.poll(ids, POLL).toEqual(new Set(['a1 4', 'b0 1', 'b1 1', 'c0 1']));
});
