import { expect, test } from 'vitest';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const fill = (erp: ReturnType<typeof createNastySystem>, count: number) => {
  for (let index = 0; index < count; index += 1)
    erp.insert(`a${String(index).padStart(3, '0')}`, { name: `Article ${index}` });
};

test('absence from lists deletes nothing while a point read finds the record', async () => {
  const erp = createNastySystem();
  fill(erp, 8);
  await using bench = await openBench({ nasty: { erp } });
  for (const key of erp.records.keys()) erp.hidden.add(key);
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.scanNow('erp', 'items');
  expect((await bench.all()).size).toBe(8);
});

test('a scan finds what the feed never said: changed, new and deleted records', async () => {
  const erp = createNastySystem({ traits: { deletes: 'none', order: 'time' } });
  fill(erp, 8);
  await using bench = await openBench({ nasty: { erp } });
  erp.editUnseen('a001', { name: 'Changed' });
  erp.editUnseen('b999', { name: 'New' });
  erp.removeUnseen('a002');
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a001')).toMatchObject({ name: 'Article 1' });
  await bench.engine.scanNow('erp', 'items');
  expect(await bench.read('items-a001')).toMatchObject({ name: 'Changed' });
  expect(await bench.read('items-b999')).toMatchObject({ name: 'New' });
  expect(await bench.read('items-a002')).toBeNull();
  expect((await bench.all()).size).toBe(8);
});

test('a deletion that a lost cursor hid is found, wherever the engine is killed meanwhile', async () => {
  const erp = createNastySystem({ traits: { deletes: 'none' } });
  fill(erp, 20);
  await using bench = await openBench({ nasty: { erp } });
  for (let calls = 0; calls < 10; calls += 1) {
    const key = `a00${calls}`;
    erp.removeUnseen(key);
    erp.loseCursors();
    bench.killAfter(calls);
    await bench.engine.pullNow('erp');
    await bench.restart();
    expect(await bench.read(`items-${key}`), `killed after ${calls} calls`).toBeNull();
  }
  expect((await bench.all()).size).toBe(10);
});

test('a scan that would delete too much stops, deletes nothing, says so, and goes on when a person agrees', async () => {
  const erp = createNastySystem();
  fill(erp, 40);
  await using bench = await openBench({ nasty: { erp } });
  for (const key of [...erp.records.keys()].slice(0, 10)) erp.removeUnseen(key);
  await bench.engine.scanNow('erp', 'items');
  expect((await bench.all()).size).toBe(40);
  const braked = (await bench.engine.status()).systems[0];
  expect(braked?.streams[0]?.brake).toMatchObject({ living: 40 });
  expect(braked?.error).toContain('mass-delete brake');
  await bench.restart();
  expect((await bench.engine.status()).systems[0]?.error).toContain('mass-delete brake');
  await bench.engine.scanNow('erp', 'items', { allowMassDelete: true });
  expect((await bench.all()).size).toBe(30);
  expect((await bench.engine.status()).systems[0]?.streams[0]?.brake).toBeNull();
});

test('a few deletions among few records are no mass', async () => {
  const erp = createNastySystem();
  fill(erp, 6);
  await using bench = await openBench({ nasty: { erp } });
  for (const key of [...erp.records.keys()].slice(0, 5)) erp.removeUnseen(key);
  await bench.engine.scanNow('erp', 'items');
  expect((await bench.all()).size).toBe(1);
});

test('a scan that was interrupted goes on where it stopped', async () => {
  const erp = createNastySystem({ feeds: false, pageSize: 5 });
  fill(erp, 20);
  await using bench = await openBench({ nasty: { erp } });
  expect((await bench.all()).size).toBe(20);
  const stream = erp.connector.streams.items;
  const scan = stream?.scan;
  if (stream === undefined || scan === undefined) throw new Error('the stream cannot scan');
  const afters: (string | null)[] = [];
  let broken = true;
  Object.assign(stream, {
    scan: async function* (...[after, context]: Parameters<typeof scan>) {
      afters.push(after);
      let pages = 0;
      for await (const page of scan(after, context)) {
        if (broken && pages === 2) throw new Error('killed');
        pages += 1;
        yield page;
      }
    },
  });
  erp.removeUnseen('a000');
  await bench.engine.scanNow('erp', 'items');
  expect(await bench.read('items-a000')).not.toBeNull();
  broken = false;
  await bench.restart();
  expect(afters).toEqual([null, 'a010']);
  expect(await bench.read('items-a000')).toBeNull();
});

test('a document changed here whose record was deleted over there stays, and the row says why', async () => {
  const erp = createNastySystem();
  fill(erp, 2);
  await using bench = await openBench({ nasty: { erp } });
  erp.remove('a000');
  await bench.edit('items-a000', { note: 'still wanted' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a000')).toMatchObject({ note: 'still wanted' });
  expect(erp.records.has('a000')).toBe(false);
  expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([
    { id: 'items-a000', error: expect.stringContaining('deleted over there') },
  ]);
});

test('a document deleted here is deleted over there, and a late page does not bring it back', async () => {
  const erp = createNastySystem();
  fill(erp, 3);
  await using bench = await openBench({ nasty: { erp } });
  await bench.write('items-a001', null);
  await bench.engine.idle();
  expect(erp.records.has('a001')).toBe(false);
  expect(erp.applied.map(({ op }) => op)).toEqual(['delete']);
  const stream = erp.connector.streams.items;
  const late = { op: 'put', key: 'a001', data: { name: 'Ghost' }, version: '1' } as const;
  Object.assign(stream ?? {}, {
    changes: async function* () {
      yield { changes: [late], cursor: 99 };
    },
  });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a001')).toBeNull();
  expect((await bench.all()).size).toBe(2);
});

test('a binding that does not delete leaves the record, and the record does not bring the document back', async () => {
  const erp = createNastySystem();
  fill(erp, 2);
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ deletes: false })] });
  await bench.write('items-a000', null);
  await bench.engine.idle();
  erp.edit('a000', { name: 'Changed' });
  await bench.engine.pullNow('erp');
  await bench.engine.scanNow('erp', 'items');
  expect(erp.records.has('a000')).toBe(true);
  expect(await bench.read('items-a000')).toBeNull();
});

test('a record that comes back over there brings its document back', async () => {
  const erp = createNastySystem();
  fill(erp, 2);
  await using bench = await openBench({ nasty: { erp } });
  erp.remove('a000');
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a000')).toBeNull();
  erp.insert('a000', { name: 'Back' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a000')).toEqual({ id: 'items-a000', name: 'Back' });
});

test('a lost cursor starts over and a scan finds what was missed', async () => {
  const erp = createNastySystem();
  fill(erp, 6);
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a001', { name: 'Changed' });
  erp.removeUnseen('a002');
  erp.loseCursors();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a001')).toMatchObject({ name: 'Changed' });
  expect(await bench.read('items-a002')).toBeNull();
  expect((await bench.engine.status()).systems[0]).toMatchObject({ state: 'healthy' });
});

test('a document deleted here whose record was changed over there meanwhile is deleted over there too', async () => {
  const erp = createNastySystem();
  fill(erp, 2);
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a000', { name: 'Changed meanwhile' });
  await bench.write('items-a000', null);
  await bench.engine.idle();
  await bench.engine.pushNow('erp');
  expect(erp.records.has('a000')).toBe(false);
  expect(await bench.read('items-a000')).toBeNull();
  expect(await bench.store.outboxDead({ limit: 1 })).toEqual([]);
});
