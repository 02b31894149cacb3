import { defineDatastore, type JsonObject } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { systemClock } from '../../../apps/sync-server/src/clock.ts';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { createReplicationService } from '../../../apps/sync-server/src/replication/service.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { seeded } from '../../convergence/seeded.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem, type PushFault } from '../../support/nasty-system.ts';
import { settled, startReplica } from '../../support/sync.ts';

/** One interleaving for each article: who does what to it, and when somebody reads or tells. */
const INTERLEAVINGS = Number(process.env.INTERLEAVINGS ?? 200);
const ARTICLES = 100;
const ROUNDS = 6;
const START = 1_000;
/** How likely it is that somebody does something with an article in a round. */
const BUSY = 0.4;

const FAULTS: readonly PushFault[] = [
  'cut-before',
  'cut-after',
  { outcome: { is: 'conflict' } },
  { outcome: { is: 'retry', reason: 'locked' } },
];

const articles = defineDatastore({
  name: 'article',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      price: { type: 'integer' },
      note: { type: 'string' },
      tag: { type: 'string' },
      stock: { type: 'integer' },
    },
    required: ['name'],
  } as const,
  fields: { stock: { counter: true } },
});

/** What each of the three has to say: the price is the ERP's, the text the PIM's, the stock is counted by all. */
const OWNERS: Readonly<Record<string, Binding['fields']>> = {
  erp: { name: { from: 'there', rank: 1 }, price: { from: 'there' }, note: { from: 'here' }, tag: { from: 'here' } },
  pim: { name: { from: 'there', rank: 2 }, price: { from: 'here' }, note: { from: 'there' }, tag: { from: 'here' } },
  wms: { name: { from: 'there', rank: 3 }, price: { from: 'here' }, tag: { from: 'here' }, stock: { merge: 'sum' } },
};
const SYSTEMS = Object.keys(OWNERS);

test(`one article fed by ERP, PIM and WMS ends as its owners say, in ${INTERLEAVINGS} interleavings with edits on two replicas`, async () => {
  for (let seed = 1; seed <= INTERLEAVINGS / ARTICLES; seed += 1) await interleave(seed);
}, 1_800_000);

async function interleave(seed: number): Promise<void> {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const ids = Array.from({ length: ARTICLES }, (_, at) => `a${at}`);
  const systems = Object.fromEntries(SYSTEMS.map((name) => [name, createNastySystem({ pageSize: 40 })]));
  const { erp, pim, wms } = systems as Record<'erp' | 'pim' | 'wms', NastySystem>;
  for (const name of ids) {
    erp.insert(`e-${name}`, { name, price: 1 });
    pim.insert(`p-${name}`, { name, note: 'new' });
    wms.insert(`w-${name}`, { name, stock: START });
  }
  const known = {
    match: (record: JsonObject) => String(record.name),
    idFor: (record: JsonObject) => String(record.name),
  };
  const bindings = SYSTEMS.map((system) =>
    articleBinding({ ...known, datastore: articles, system, fields: OWNERS[system] ?? {} }),
  );
  await using bench = await openBench({ nasty: systems, bindings });
  await using service = serviceOn(bench.store);
  await using first = await startReplica(service, { datastores: [articles] });
  await using second = await startReplica(service, { datastores: [articles] });
  const replicas = [first, second];
  for (const { stores } of replicas) await settled(stores);

  const owed = new Map(ids.map((id) => [id, { price: 1, note: 'new', stock: START }]));
  const said = { value: 0 };
  const next = () => {
    said.value += 1;
    return said.value;
  };
  const sell = (id: string) => {
    const amount = 1 + below(5);
    const due = owed.get(id);
    if (due !== undefined) due.stock -= amount;
    return amount;
  };
  const acts: readonly ((id: string) => Promise<unknown> | unknown)[] = [
    (id) => {
      const price = next();
      Object.assign(owed.get(id) ?? {}, { price });
      erp.edit(`e-${id}`, { price });
    },
    (id) => {
      const note = `text ${next()}`;
      Object.assign(owed.get(id) ?? {}, { note });
      pim.edit(`p-${id}`, { note });
    },
    (id) => wms.edit(`w-${id}`, { stock: Number(wms.records.get(`w-${id}`)?.data.stock) - sell(id) }),
    // What is not theirs to say: it is taken back.
    (id) => wms.edit(`w-${id}`, { price: -next() }),
    (id) => edit(id, () => ({ price: next() + 1_000_000 })),
    (id) => edit(id, () => ({ tag: `tag ${next()}` })),
    (id) => {
      const amount = sell(id);
      return edit(id, (before) => ({ stock: Number(before.stock) - amount }));
    },
  ];
  const edit = async (id: string, patch: (before: { readonly stock?: number }) => JsonObject) => {
    const { stores } = replicas[below(2)] ?? first;
    const document = await stores.article.findOne(id).exec();
    await document?.incrementalModify((before) => ({ ...before, ...patch(before) }));
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { line } of replicas) line.up = random() < 0.6;
    for (const id of ids) if (random() < BUSY) await acts[below(acts.length)]?.(id);
    for (const system of Object.values(systems)) {
      if (random() < 0.5)
        system.failPushes(...Array.from({ length: below(4) }, () => FAULTS[below(FAULTS.length)] ?? 'down'));
    }
    if (random() < 0.2) await bench.restart();
    for (const name of SYSTEMS) {
      if (random() < 0.5) await bench.engine.pullNow(name);
      if (random() < 0.3) await bench.engine.pushNow(name);
    }
  }

  for (const { line } of replicas) line.up = true;
  await bench.restart();
  for (const { stores } of replicas) {
    await stores.syncNow();
    await settled(stores);
  }
  await quiet(bench, systems);
  for (const { stores } of replicas) {
    await stores.syncNow();
    await settled(stores);
  }

  expect(await bench.store.outboxDead({ limit: 10 })).toEqual([]);
  const there = (system: NastySystem, key: string) => system.records.get(key)?.data;
  const documents = await bench.all();
  for (const [id, due] of owed) {
    const document = documents.get(id);
    expect(document, `seed ${seed}, ${id}`).toMatchObject(due);
    const { tag } = document ?? {};
    expect(there(erp, `e-${id}`), `seed ${seed}, ${id}`).toEqual(
      filled({ name: id, price: due.price, note: due.note, tag }),
    );
    expect(there(pim, `p-${id}`), `seed ${seed}, ${id}`).toEqual(
      filled({ name: id, price: due.price, note: due.note, tag }),
    );
    expect(there(wms, `w-${id}`), `seed ${seed}, ${id}`).toEqual(
      filled({ name: id, price: due.price, stock: due.stock, tag }),
    );
    for (const { stores } of replicas) {
      expect((await stores.article.findOne(id).exec())?.toJSON(), `seed ${seed}, ${id}`).toEqual(document);
    }
  }
  for (const [name, { applied }] of Object.entries(systems)) {
    expect(new Set(applied.map(({ id }) => id)).size, `${name} carried out a write twice`).toBe(applied.length);
  }
}

function serviceOn(store: Store) {
  const service = createReplicationService({ store, datastores: [articles], clock: systemClock });
  return Object.assign(service, { [Symbol.asyncDispose]: async () => service.close() });
}

/** Reads and tells until nothing moves any more. */
async function quiet(
  bench: Awaited<ReturnType<typeof openBench>>,
  systems: Readonly<Record<string, NastySystem>>,
): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const before = await bench.store.head('main');
    const writes = Object.values(systems).map(({ applied }) => applied.length);
    for (const name of SYSTEMS) {
      await bench.engine.pullNow(name);
      await bench.engine.pushNow(name);
    }
    await bench.engine.idle();
    const after = await bench.store.head('main');
    const still = Object.values(systems).every(({ applied }, at) => applied.length === writes[at]);
    if (round > 1 && still && after.position.seq === before.position.seq) return;
  }
  throw new Error('The systems never came to rest.');
}

function filled(record: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
