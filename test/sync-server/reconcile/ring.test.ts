import { expect, test } from 'vitest';
import type { Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import { seeded } from '../../convergence/seeded.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../support/nasty-system.ts';

const EDITS = Number(process.env.EDITS ?? 600);
const ARTICLES = 50;
const SYSTEMS = ['erp', 'pim', 'shop', 'crm'];
/** Edits between two rounds of reading, so that the same article is edited in several systems at once. */
const AT_ONCE = 40;

test(`${EDITS} edits in a ring of four systems reach all of them, no system is told what it said, and then there is silence`, async () => {
  const random = seeded(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const systems = SYSTEMS.map(() => createNastySystem({ pageSize: 25 }));
  const bindings = SYSTEMS.map((system) =>
    articleBinding({
      system,
      match: (record) => String(record.name),
      idFor: (record) => String(record.name),
      fields: { name: { merge: 'there' }, note: { merge: 'there' }, stock: { merge: 'sum' } },
    }),
  );
  const names = Array.from({ length: ARTICLES }, (_, at) => `a${at}`);
  const [first] = systems;
  for (const name of names) first?.insert(`first-${name}`, { name, note: 'new', stock: 0 });
  const nasty = Object.fromEntries(SYSTEMS.map((name, at) => [name, systems[at] as NastySystem]));
  await using bench = await openBench({ nasty, bindings });
  await quiet();
  const keys = systems.map((system) => new Map([...system.records].map(([key, { data }]) => [String(data.name), key])));
  const begun = systems.map(({ applied }) => applied.length);

  /** What was said where: a text is never told to the system that it comes from, unless another one took its place in between. */
  const saidBy = new Map<string, number>();
  let total = 0;
  for (let edit = 0; edit < EDITS; edit += 1) {
    const at = below(SYSTEMS.length);
    const name = names[below(ARTICLES)] as string;
    const key = keys[at]?.get(name) as string;
    const system = systems[at] as NastySystem;
    if (random() < 0.5) {
      const note = `text ${edit}`;
      saidBy.set(note, at);
      system.edit(key, { note });
    } else {
      const stock = Number(system.records.get(key)?.data.stock);
      system.edit(key, { stock: stock + 1 });
      total += 1;
    }
    if (edit % AT_ONCE === AT_ONCE - 1) {
      for (const name of SYSTEMS) if (random() < 0.7) await bench.engine.pullNow(name);
    }
  }
  await quiet();

  const told = systems.map(({ applied }, at) => applied.slice(begun[at]));
  for (const [at, writes] of told.entries()) {
    const echoes = writes.flatMap((write) => textOf(write) ?? []).filter((text) => saidBy.get(text) === at);
    // Two systems that edit one text at once: the one that is read last wins, and the other is told so; never itself.
    expect(echoes, SYSTEMS[at]).toEqual([]);
  }
  const documents = await bench.all();
  for (const name of names) {
    const { id: _, ...fields } = documents.get(name) ?? { id: name };
    for (const [at, system] of systems.entries()) {
      expect(system.records.get(keys[at]?.get(name) as string)?.data, `${name} in ${SYSTEMS[at]}`).toEqual(fields);
    }
  }
  expect([...documents.values()].reduce((sum, { stock }) => sum + Number(stock), 0)).toBe(total);

  const before = { head: await bench.store.head('main'), writes: systems.map(({ applied }) => applied.length) };
  for (let round = 0; round < 3; round += 1) {
    for (const name of SYSTEMS) {
      await bench.engine.pullNow(name);
      await bench.engine.scanNow(name, 'items');
    }
    await bench.engine.idle();
  }
  expect({ head: await bench.store.head('main'), writes: systems.map(({ applied }) => applied.length) }).toEqual(
    before,
  );

  async function quiet(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      const { position } = await bench.store.head('main');
      for (const name of SYSTEMS) await bench.engine.pullNow(name);
      await bench.engine.idle();
      if (round > 1 && (await bench.store.head('main')).position.seq === position.seq) return;
    }
    throw new Error('The ring never came to rest.');
  }
}, 1_800_000);

function textOf(write: Write): string | null {
  const patch = write.op === 'update' || write.op === 'add' ? write.patch : null;
  return typeof patch?.note === 'string' ? patch.note : null;
}
