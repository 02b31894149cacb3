import { createHook } from 'node:async_hooks';
import { readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insert, item, next, write } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { type Peer, type PeerProgram, preparePeers, toldTo } from './peers.ts';
import { openSqlitePlace, type SQLiteItems } from './sqlite-place.ts';

let program: PeerProgram;
beforeAll(async () => {
  program = await preparePeers();
});
afterAll(() => program[Symbol.dispose]());

const POLL = { timeout: 20_000, interval: 20 };

/** What an instance is told, by id and sequence number. */
function listen(instance: SQLiteItems): { id: string; seq: number }[] {
  const told: { id: string; seq: number }[] = [];
  instance.changeStream().subscribe(({ events, checkpoint }) => {
    for (const { documentId } of events) told.push({ id: documentId, seq: checkpoint.seq });
  });
  return told;
}

test('own changes and those of others come in the order of the commits, the same for each', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 3);
  await Promise.all(peers.map((peer, at) => peer.do(`insert ${at}- 300`)));
  const lists = [];
  for (const peer of peers) {
    await expect.poll(async () => (await toldTo(peer)).length, POLL).toBe(900);
    lists.push(await toldTo(peer));
  }
  expect(lists[0]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 900 }, (_, at) => at + 1));
  const sides = lists[0]?.map(({ id }) => id.split('-')[0]) ?? [];
  expect(sides.filter((side, at) => side !== sides[at + 1]).length, 'they wrote at once').toBeGreaterThan(3);
  expect(lists.slice(1)).toEqual([lists[0], lists[0]]);
});

test('each instance of a process is told once, also where the file is open by two names', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const other = join(place.folder, 'other-name.db');
  symlinkSync(place.filename, other);
  const instances = [];
  for (const filename of [place.filename, place.filename, other]) {
    instances.push(await place.open({ filename, multiInstance: true }));
  }
  const told = instances.map(listen);
  await peers[0]?.do('insert a 50');
  for (const [at, instance] of instances.entries()) await insert(instance, [item(`own${at}`)]);
  const all = [...Array.from({ length: 50 }, (_, at) => `a${at}`), 'own0', 'own1', 'own2'];
  const expected = all.map((id, at) => ({ id, seq: at + 1 }));
  await expect.poll(() => told.map(({ length }) => length), POLL).toEqual([53, 53, 53]);
  expect(told).toEqual([expected, expected, expected]);
});

test('of a process that is killed while it writes exactly what is in the file is told', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 3);
  const instance = await place.open({ multiInstance: true });
  const told = listen(instance);
  // What is in the file without its news, at any moment.
  const untold = instance.internals.database
    .prepare('SELECT (SELECT last FROM sequence) - (SELECT upto FROM news ORDER BY seq DESC LIMIT 1)')
    .pluck();
  for (const [at, peer] of peers.entries()) {
    const before = told.length;
    peer.process.say(`flood ${at}-`);
    await expect.poll(() => told.length, { ...POLL, interval: 1 }).toBeGreaterThan(before + 20 * at);
    for (let look = 0; look < 1_000; look += 1) expect(untold.get()).toBe(0);
    await peer.process.kill();
  }
  await insert(instance, [item('last')]);
  const page = await instance.getChangedDocumentsSince?.(1_000_000, undefined);
  expect(told.map(({ id }) => id)).toEqual(page?.documents.map(({ id }) => id));
});

test('a result holds exactly what was told before it, also in a table that another process has just made', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const [peer] = peers as unknown as [Peer];
  const flood = peer.do('flood a');
  const instance = await place.open({ multiInstance: true });
  const told = listen(instance);
  const everything = prepared(instance, {});
  const first = new Set((await instance.query(everything)).documents.map(({ id }) => id));
  // What is told before the first result is in it.
  for (const { id } of told.splice(0)) expect(first).toContain(id);
  for (let round = 0; round < 30; round += 1) {
    const size = first.size + told.length;
    await expect.poll(() => first.size + told.length, { ...POLL, interval: 1 }).toBeGreaterThan(size);
    const { documents } = await instance.query(everything);
    const known = first.size + told.length;
    const { count } = await instance.count(everything);
    expect([documents.length, count]).toEqual([known, first.size + told.length]);
  }
  peer.process.say('stop');
  const written = (await flood) as number;
  await expect.poll(() => first.size + told.length, POLL).toBe(written);
  expect(new Set([...first, ...told.map(({ id }) => id)]).size, 'each once').toBe(written);
});

test('the state that a conflict shows is told before it', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const instance = await place.open({ multiInstance: true });
  const told = listen(instance);
  const stored = item('a0');
  await insert(instance, [stored]);
  await peers[0]?.do('raise a0 1');
  const { error } = await instance.bulkWrite([{ previous: stored, document: next(stored, { age: 9 }) }], 'test');
  expect(error).toMatchObject([{ status: 409, documentInDb: { age: 2 } }]);
  expect(told.map(({ id }) => id)).toEqual(['a0', 'a0']);
});

test('a write that is made while a change is told is told behind what came before it', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const instance = await place.open({ multiInstance: true });
  const written: Promise<void>[] = [];
  instance.changeStream().subscribe(({ events }) => {
    for (const { documentId } of events) if (documentId === 'a0') written.push(insert(instance, [item('answer')]));
  });
  const told = listen(instance);
  await peers[0]?.do('insert a 200');
  await expect.poll(() => told.length, POLL).toBe(201);
  await Promise.all(written);
  const seqs = told.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

test('after thousands of own writes, of which no news are left, a change of another is told as it was', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 2);
  const [one, two] = peers as unknown as [Peer, Peer];
  await one.do('insert a 4400');
  await two.do('raise a0 1');
  await expect.poll(async () => (await toldTo(one)).length, POLL).toBe(4_401);
  expect((await toldTo(one)).at(-1)).toMatchObject({ id: 'a0', age: 2, before: 1 });
  const database = new Database(place.filename);
  expect(database.prepare('SELECT count(*) FROM news').pluck().get(), 'what is kept is bounded').toBeLessThan(4_300);
  database.close();
});

test('the news of large writes do not pile up', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open({ multiInstance: true, durability: 'normal' });
  const told = listen(instance);
  const note = 'x'.repeat(1_000_000);
  for (let at = 0; at < 60; at += 1) await insert(instance, [item(`large${at}`, { note })]);
  const kept = instance.internals.database.prepare('SELECT sum(length(bulk)) FROM news').pluck().get();
  expect(kept).toBeLessThan(40_000_000);
  expect(told.length).toBe(60);
});

test('a collection that is removed while its changes are still to be told does not hold up those of others', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const removed = await place.open({ multiInstance: true });
  const other = await place.open({ multiInstance: true, collectionName: 'other' });
  const told = listen(other);
  peers[0]?.process.say('bulk a 2100');
  peers[0]?.process.say('remove');
  // This process stands still meanwhile.
  const file = new Database(place.filename, { readonly: true });
  const left = file.prepare("SELECT 1 FROM collections WHERE collection = 'items'");
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + 20_000; left.get() !== undefined && Date.now() < end; ) Atomics.wait(pause, 0, 0, 10);
  file.close();
  await insert(other, [item('b')]);
  expect(told.map(({ id }) => id)).toEqual(['b']);
  await expect(removed.findDocumentsById(['a0'], false)).rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
});

test('a damaged entry of the news is made up for by reading the documents', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open({ multiInstance: true });
  const told = listen(instance);
  const other = join(place.folder, 'other-name.db');
  symlinkSync(place.filename, other);
  const writing = await place.open({ filename: other, multiInstance: true });
  await insert(writing, [item('a'), item('b')]);
  writing.internals.database.exec("UPDATE news SET bulk = '{'");
  await insert(writing, [item('c')]);
  await expect.poll(() => new Set(told.map(({ id }) => id)), POLL).toEqual(new Set(['a', 'b', 'c']));
});

test('no timer and no handle is left when the last instance is closed, and none keeps a process alive', async () => {
  await using place = await openSqlitePlace();
  const timers = new Set<number>();
  const hook = createHook({
    init(id, type) {
      if (type === 'Timeout' && /relay/.test(new Error('here').stack ?? '')) timers.add(id);
    },
    destroy: (id) => void timers.delete(id),
  }).enable();
  const awake = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = awake();
  const instances = [await place.open({ multiInstance: true }), await place.open({ multiInstance: true })];
  const other = join(place.folder, 'other-name.db');
  symlinkSync(place.filename, other);
  instances.push(await place.open({ filename: other, multiInstance: true }));
  const [one, , two] = instances as [SQLiteItems, SQLiteItems, SQLiteItems];
  await insert(one, [item('a')]);
  await two.findDocumentsById(['a'], false);
  expect(awake(), 'timers that keep the process alive').toBe(before);
  expect(timers.size, 'one for each name').toBe(2);
  await Promise.all(instances.map((instance) => instance.close()));
  await expect.poll(() => timers.size, POLL).toBe(0);
  hook.disable();
  const files = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  expect(files.filter((file) => file.startsWith(place.folder))).toEqual([]);
});

test('looking for news of others costs an idle process next to nothing', async () => {
  await using place = await openSqlitePlace();
  using peers = await program.start(place.filename, 1);
  const [peer] = peers as unknown as [Peer];
  await peer.do('insert a 1');
  const open = (await peer.do('idle 1000')) as number;
  // 50 looks take some milliseconds. Whoever looks without a pause takes the whole second.
  expect(open, 'microseconds of the processor in a second').toBeLessThan(200_000);
});

test('without multiInstance nothing is written for others', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await write(instance, [{ document: item('a') }]);
  const tables = instance.internals.database.prepare("SELECT name FROM sqlite_schema WHERE name = 'news'");
  expect(tables.all()).toEqual([]);
  await place.open({ multiInstance: true, collectionName: 'other' });
  await write(instance, [{ document: item('b') }]);
  expect(instance.internals.database.prepare('SELECT count(*) FROM news').pluck().get()).toBe(0);
});
