import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const KILLS = Number(process.env.KILLS ?? 150);
/** Share of pushes whose answer never comes, half of them after they were carried out. */
const AMBIGUOUS = 0.1;
const ARTICLES = 8;
const START = 1_000;

test(`${KILLS} kills of the push loop, a tenth of its calls without an answer: each write has one effect`, async () => {
  const random = seeded(11);
  const below = (limit: number) => Math.floor(random() * limit);
  const erp = createNastySystem({ traits: { batch: { max: 3, fails: 'each' } } });
  const owed = new Map<string, number>();
  for (let at = 0; at < ARTICLES; at += 1) {
    erp.insert(`k${at}`, { name: `k${at}`, stock: START });
    owed.set(`k${at}`, START);
  }
  const bindings = [
    articleBinding({ fields: { name: { merge: 'there' }, note: { from: 'here' }, stock: { merge: 'sum' } } }),
  ];
  await using bench = await openBench({ nasty: { erp }, bindings });
  let made = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (let edit = 0; edit < 3; edit += 1) {
      const key = `k${below(ARTICLES)}`;
      const before = await bench.read(`items-${key}`);
      const amount = 1 + below(4);
      await bench.edit(`items-${key}`, { stock: Number(before?.stock) - amount, note: `${kill}` });
      owed.set(key, (owed.get(key) ?? 0) - amount);
    }
    if (random() < 0.2) {
      made += 1;
      await bench.write(`made-${made}`, { name: `made-${made}`, stock: made });
    }
    if (random() < AMBIGUOUS) erp.failPushes(random() < 0.5 ? 'cut-before' : 'cut-after');
    bench.killAfter(below(14));
    await bench.engine.pushNow('erp').catch(() => {});
    await bench.restart();
  }
  for (let round = 0; round < 10 && (await bench.pending()) > 0; round += 1) {
    await bench.engine.pushNow('erp');
    await bench.engine.idle();
  }

  expect(await bench.pending()).toBe(0);
  expect(await bench.store.outboxDead({ limit: 10 })).toEqual([]);
  const there = new Map([...erp.records.values()].map(({ data }) => [String(data.name), data.stock]));
  const due = [...owed, ...Array.from({ length: made }, (_, at) => [`made-${at + 1}`, at + 1] as const)];
  expect(there).toEqual(new Map(due));
  expect(erp.records.size).toBe(due.length);
  const ids = erp.applied.map(({ id }) => id);
  expect(ids).toHaveLength(new Set(ids).size);
}, 1_800_000);
