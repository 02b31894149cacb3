import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Stream, SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding, type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastyOptions, type NastySystem } from '../../support/nasty-system.ts';

const keeping = (over: Partial<Binding> = {}) => articleBinding({ keepRecords: true, ...over });
/** A mapping that takes the price from another field of the record. */
const raised = (over: Partial<Binding> = {}) =>
  keeping({ mapping: 2, toDocument: ({ net, ...record }) => ({ ...record, price: net ?? null }), ...over });

const COUNT = 30;

async function opened(options: NastyOptions = {}, binding: Binding = keeping(), count: number = COUNT) {
  const erp = createNastySystem({ pageSize: 50, ...options });
  for (let index = 0; index < count; index += 1) {
    erp.insert(`a${10 + index}`, {
      name: `Article ${index}`,
      price: 1,
      net: 100 + index,
      note: 'n'.repeat((index % 30) * 100),
    });
  }
  const bench = await openBench({ nasty: { erp }, bindings: [binding] });
  return { erp, bench, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

const kept = (bench: Bench) => bench.store.kept({ system: 'erp', stream: 'items', after: null, limit: 1_000 });
const reads = ({ calls }: NastySystem) => calls.changes + calls.scan + calls.get;
const remapOf = async (bench: Bench) => (await bench.engine.remaps({ system: 'erp' }))[0];

async function prices(bench: Bench): Promise<ReadonlySet<unknown>> {
  return new Set([...(await bench.all()).values()].map(({ price }) => price));
}

test('records are kept as they were read, long ones too, and go with what is gone', async () => {
  await using place = await opened();
  const { erp, bench } = place;
  const records = new Map((await kept(bench)).map(({ key, record }) => [key, record]));
  expect(records).toEqual(new Map([...erp.records].map(([key, { data }]) => [key, data])));
  erp.edit('a10', { net: 7, unseen: 'by the mapping' });
  await bench.edit('items-a11', { tag: 'told' });
  erp.remove('a12');
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  const after = new Map((await kept(bench)).map(({ key, record, version }) => [key, { record, version }]));
  expect(after.get('a10')?.record).toMatchObject({ net: 7, unseen: 'by the mapping' });
  expect(after.get('a11')).toEqual({
    record: erp.records.get('a11')?.data,
    version: String(erp.records.get('a11')?.version),
  });
  expect(after.has('a12')).toBe(false);
});

test('what is kept is what the system gave, not what the schema of the record made of it', async () => {
  const record = z.looseObject({ name: z.string().transform((name) => name.toUpperCase()) });
  await using place = await opened({}, keeping({ record: record as unknown as NonNullable<Binding['record']> }));
  expect(await place.bench.read('items-a10')).toMatchObject({ name: 'ARTICLE 0' });
  expect((await kept(place.bench))[0]?.record).toMatchObject({ name: 'Article 0' });
});

test('a raised mapping is applied from what is kept, without a call to the system', async () => {
  await using place = await opened();
  const { erp, bench } = place;
  erp.outage = new Error('nobody may call now');
  const before = reads(erp);
  await bench.restart({ bindings: [raised()] });
  expect(await prices(bench)).toEqual(new Set(Array.from({ length: COUNT }, (_, index) => 100 + index)));
  // The one pull that every start begins with, which failed.
  expect(reads(erp)).toBeLessThanOrEqual(before + 1);
  expect(await remapOf(bench)).toMatchObject({ is: 'applied', mapping: 2, before: 2 });
  erp.outage = null;
  const head = await bench.store.head('main');
  await bench.restart({ bindings: [raised()] });
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  expect(await bench.store.head('main')).toEqual(head);
});

test('without kept records everything is read again, as ever', async () => {
  await using place = await opened({}, keeping({ keepRecords: false }));
  const { erp, bench } = place;
  expect(await kept(bench)).toEqual([]);
  const before = erp.calls.scan;
  await bench.restart({ bindings: [raised({ keepRecords: false })] });
  expect((await prices(bench)).size).toBe(COUNT);
  expect(erp.calls.scan).toBeGreaterThan(before);
});

test('records that are not kept are read by their keys', async () => {
  await using place = await opened({}, keeping({ keepRecords: false }));
  const { erp, bench } = place;
  await bench.restart({ bindings: [keeping()] });
  for (const key of ['a10', 'a11', 'a12']) erp.edit(key, { name: 'seen' });
  await bench.engine.pullNow('erp');
  expect(await kept(bench)).toHaveLength(3);
  const { scan, get } = erp.calls;
  await bench.restart({ bindings: [raised()] });
  expect((await prices(bench)).size).toBe(COUNT);
  expect(erp.calls.scan).toBe(scan);
  expect(erp.calls.get).toBeGreaterThan(get);
});

test('it goes on where it was when the process was killed, and what changed since is not undone', async () => {
  await using place = await opened({}, keeping(), 450);
  const { erp, bench } = place;
  erp.outage = new Error('nobody may call now');
  // In the first slice of 200, in the second when the first is through, and in the last.
  const kills = new Set([50, 500, 820]);
  let mapped = 0;
  const { toDocument, ...rest } = raised();
  const counting: Binding['toDocument'] = (record, ids) => {
    mapped += 1;
    if (kills.delete(mapped)) bench.killAfter(0);
    return toDocument(record, ids);
  };
  const left: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await bench.restart({ bindings: [{ ...rest, toDocument: counting }] });
    left.push(450 - (await prices(bench)).size);
    if (round === 1) await bench.edit('items-a10', { note: 'changed here' });
  }
  // Each slice that was through is not done again.
  expect({ left, mapped }).toEqual({ left: [449, 249, 49, 0], mapped: 900 });
  expect(await bench.read('items-a10')).toMatchObject({ note: 'changed here', price: 100 });
  erp.outage = null;
  erp.edit('a11', { net: 5 });
  await bench.engine.pullNow('erp');
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a11')).toMatchObject({ price: 5 });
  expect(erp.records.get('a10')?.data).toMatchObject({ note: 'changed here' });
});

test('a record that was written to since it was read is read again, and not taken back to what it was', async () => {
  await using place = await opened({ answers: false });
  const { erp, bench } = place;
  const stream = erp.connector.streams.items as Stream;
  const { get } = stream;
  let reads = false;
  // The write is applied, and what the system made of it cannot be read: only the record before is kept.
  Object.assign(stream, {
    get: async (...call: Parameters<typeof get>) => {
      if (reads) return get(...call);
      throw new SystemError('down', 'connection reset');
    },
  });
  await bench.edit('items-a10', { note: 'told' });
  await bench.engine.idle();
  expect(erp.records.get('a10')?.data).toMatchObject({ note: 'told' });
  expect((await kept(bench))[0]?.record).toMatchObject({ note: '' });
  erp.outage = new SystemError('down', 'connection refused');
  await bench.restart({ bindings: [raised({ remap: 'hold' })] });
  await bench.engine.previewRemap({ system: 'erp' });
  await expect.poll(async () => (await remapOf(bench))?.previewing).toBe(false);
  expect((await remapOf(bench))?.preview).toMatchObject({ undecided: 1, changed: COUNT - 1 });
  await bench.engine.letRemapGo({ system: 'erp' });
  await bench.engine.idle();
  expect(await bench.read('items-a10')).toMatchObject({ note: 'told', price: 1 });
  expect(await bench.read('items-a11')).toMatchObject({ price: 101 });
  reads = true;
  erp.outage = null;
  await bench.restart({ bindings: [raised()] });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a10')).toMatchObject({ note: 'told', price: 100 });
  expect(erp.records.get('a10')?.data).toMatchObject({ note: 'told' });
});

test('a record that could not be used is read again under the new mapping', async () => {
  const strict = (over: Partial<Binding>) =>
    keeping({
      toDocument: (record) => {
        if (record.name === 'Article 3') throw new Error('not this one');
        return { ...record };
      },
      ...over,
    });
  await using place = await opened({}, strict({}));
  const { bench } = place;
  expect(await bench.read('items-a13')).toBeNull();
  await bench.restart({ bindings: [raised()] });
  expect(await bench.read('items-a13')).toMatchObject({ price: 103 });
  expect(await bench.store.quarantined({ limit: 10 })).toEqual([]);
});

test('a mapping that is held exchanges nothing until it is let go, also after a restart', async () => {
  await using place = await opened();
  const { erp, bench } = place;
  const held = { bindings: [raised({ remap: 'hold' })] };
  await bench.restart(held);
  erp.edit('a10', { name: 'changed there' });
  await bench.edit('items-a11', { name: 'changed here' });
  for (const again of [false, true]) {
    if (again) await bench.restart(held);
    await bench.engine.pullNow('erp');
    await bench.engine.pushNow('erp');
    await bench.engine.scanNow('erp', 'items');
    await bench.engine.idle();
    expect(await prices(bench)).toEqual(new Set([1]));
    expect(await bench.read('items-a10')).toMatchObject({ name: 'Article 0' });
    expect(erp.records.get('a11')?.data).toMatchObject({ name: 'Article 1' });
    expect(await remapOf(bench)).toMatchObject({ is: 'held', mapping: 2, before: 1 });
    expect((await bench.engine.status()).systems[0]?.error).toContain('datastores remap erp items');
  }
  await bench.engine.letRemapGo({ system: 'erp' });
  await bench.engine.idle();
  expect((await prices(bench)).size).toBe(COUNT);
  expect(await bench.read('items-a10')).toMatchObject({ name: 'changed there' });
  expect(erp.records.get('a11')?.data).toMatchObject({ name: 'changed here' });
  expect(await remapOf(bench)).toMatchObject({ is: 'applied' });
  expect((await bench.engine.status()).systems[0]?.error).toBeNull();
  await bench.restart(held);
  expect(await remapOf(bench)).toMatchObject({ is: 'applied', before: 2 });
});

test('a mapping that is held where nothing is kept reads everything once it is let go', async () => {
  await using place = await opened({}, keeping({ keepRecords: false }));
  const { bench } = place;
  await bench.restart({ bindings: [raised({ keepRecords: false, remap: 'hold' })] });
  expect(await prices(bench)).toEqual(new Set([1]));
  await bench.engine.letRemapGo({ system: 'erp', stream: 'items' });
  await bench.engine.idle();
  expect((await prices(bench)).size).toBe(COUNT);
});

test('a preview says what would change by field, and writes nothing', async () => {
  await using place = await opened();
  const { erp, bench } = place;
  await bench.restart({
    bindings: [
      raised({
        remap: 'hold',
        toDocument: ({ net, name, note }) => {
          if (name === 'Article 4') throw new Error('not this one');
          return { name: name === 'Article 5' ? 'Other' : (name ?? null), price: Number(net), note: note ?? null };
        },
      }),
    ],
  });
  await bench.write('items-a16', null);
  const before = { head: await bench.store.head('main'), reads: reads(erp), kept: await kept(bench) };
  await bench.engine.previewRemap({ system: 'erp' });
  await expect.poll(async () => (await remapOf(bench))?.previewing).toBe(false);
  const preview = (await remapOf(bench))?.preview;
  expect(preview).toMatchObject({
    kept: COUNT,
    unkept: 0,
    changed: COUNT - 2,
    same: 0,
    told: 0,
    asked: 0,
    unfit: 1,
    undecided: 1,
    problems: [{ key: 'a14', reason: expect.stringContaining('not this one') }],
  });
  expect(preview?.fields.price).toMatchObject({ count: COUNT - 2 });
  expect(preview?.fields.price?.examples).toHaveLength(10);
  expect(preview?.fields.price?.examples[0]).toEqual({ key: 'a10', id: 'items-a10', here: 1, would: 100 });
  expect(preview?.fields.name).toEqual({
    count: 1,
    examples: [{ key: 'a15', id: 'items-a15', here: 'Article 5', would: 'Other' }],
  });
  expect({ head: await bench.store.head('main'), reads: reads(erp), kept: await kept(bench) }).toEqual(before);
});

test('a preview says what would be told to the system and what a person would be asked', async () => {
  const fields = { name: { merge: 'ask' }, tag: { from: 'here' }, price: { from: 'there' } } as const;
  await using place = await opened({}, keeping({ fields }));
  const { erp, bench } = place;
  erp.outage = new Error('nobody may call now');
  await bench.edit('items-a10', { name: 'Ours' });
  const binding = raised({
    fields,
    remap: 'hold',
    toDocument: ({ name, price }) => ({ name: `${name}!`, price: price ?? null, tag: 'x' }),
  });
  await bench.restart({ bindings: [binding] });
  await bench.engine.previewRemap({ system: 'erp' });
  await expect.poll(async () => (await remapOf(bench))?.previewing).toBe(false);
  // The tag is ours, and what the record says of it is not what is here.
  expect((await remapOf(bench))?.preview).toMatchObject({ asked: 1, told: COUNT, changed: COUNT - 1 });
});

test('what is kept goes when the binding keeps no more', async () => {
  await using place = await opened();
  expect(await kept(place.bench)).toHaveLength(COUNT);
  await place.bench.restart({ bindings: [keeping({ keepRecords: false })] });
  expect(await kept(place.bench)).toEqual([]);
});
