import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem, type PushFault } from '../../support/nasty-system.ts';

const KEYS = ['a0', 'a1', 'a2'];
const START = 100;

type Step =
  | { readonly do: 'sell-here' | 'sell-there'; readonly at: number; readonly amount: number }
  | { readonly do: 'note-here' | 'rename-there'; readonly at: number; readonly text: string }
  | { readonly do: 'create-here' | 'delete-here' | 'delete-there' | 'hide'; readonly at: number }
  | { readonly do: 'pull' | 'push' | 'scan' | 'restart' | 'scramble' }
  | { readonly do: 'kill'; readonly after: number }
  | { readonly do: 'fault'; readonly fault: PushFault };

const at = fc.nat({ max: KEYS.length - 1 });
const fault = fc.constantFrom<PushFault>(
  'cut-before',
  'cut-after',
  'down',
  { outcome: { is: 'conflict' } },
  {
    outcome: { is: 'retry', reason: 'locked' },
  },
);
const changing = fc.oneof(
  fc.record({
    do: fc.constantFrom('sell-here' as const, 'sell-there' as const),
    at,
    amount: fc.integer({ min: -5, max: 5 }),
  }),
  fc.record({
    do: fc.constantFrom('note-here' as const, 'rename-there' as const),
    at,
    text: fc.constantFrom('x', 'y', 'z'),
  }),
  fc.record({ do: fc.constant('create-here' as const), at }),
);
const disturbing = fc.oneof(
  fc.record({
    do: fc.constantFrom('pull' as const, 'push' as const, 'scan' as const, 'restart' as const, 'scramble' as const),
  }),
  fc.record({ do: fc.constant('kill' as const), after: fc.nat({ max: 12 }) }),
  fc.record({ do: fc.constant('fault' as const), fault }),
  fc.record({ do: fc.constant('hide' as const), at }),
);
const deleting = fc.record({ do: fc.constantFrom('delete-here' as const, 'delete-there' as const), at });
const run = (steps: fc.Arbitrary<Step>) => fc.array(steps, { minLength: 5, maxLength: 25 });

/** What must be true of stock in the end: every sale counts once, wherever it happened and whatever went wrong. */
type Ledger = Map<string, number>;

async function play(steps: readonly Step[], erp: NastySystem, bench: Bench): Promise<Ledger> {
  const ledger: Ledger = new Map(KEYS.map((key) => [`items-${key}`, START]));
  const count = (id: string, amount: number) => ledger.set(id, (ledger.get(id) ?? 0) + amount);
  for (const step of steps) {
    const key = 'at' in step ? (KEYS[step.at] as string) : '';
    const id = `items-${key}`;
    const here = key === '' ? null : await bench.read(id);
    const there = erp.records.get(key)?.data;
    if (step.do === 'sell-here' && here !== null) {
      await bench.edit(id, { stock: Number(here.stock) + step.amount });
      count(id, step.amount);
    } else if (step.do === 'sell-there' && there !== undefined) {
      erp.edit(key, { stock: Number(there.stock) + step.amount });
      count(id, step.amount);
    } else if (step.do === 'note-here' && here !== null) await bench.edit(id, { note: step.text });
    else if (step.do === 'rename-there' && there !== undefined) erp.edit(key, { name: step.text });
    else if (step.do === 'create-here' && (await bench.read(`mine-${step.at}`)) === null) {
      await bench.write(`mine-${step.at}`, { name: 'mine', stock: 1 });
      ledger.set(`mine-${step.at}`, 1);
    } else if (step.do === 'delete-here' && here !== null) await bench.write(id, null);
    else if (step.do === 'delete-there' && there !== undefined) erp.remove(key);
    else if (step.do === 'hide') erp.hidden.add(key);
    else if (step.do === 'scramble') erp.scrambled = !erp.scrambled;
    else if (step.do === 'fault') erp.failPushes(step.fault);
    else if (step.do === 'kill') bench.killAfter(step.after);
    else if (step.do === 'restart') await bench.restart();
    else if (step.do === 'pull') await bench.engine.pullNow('erp');
    else if (step.do === 'push') await bench.engine.pushNow('erp');
    else if (step.do === 'scan') await bench.engine.scanNow('erp', 'items');
  }
  return ledger;
}

async function settle(erp: NastySystem, bench: Bench): Promise<void> {
  erp.hidden.clear();
  erp.scrambled = false;
  await bench.restart();
  for (let round = 0; round < 12; round += 1) {
    const before = await bench.store.head('main');
    await bench.engine.pushNow('erp');
    await bench.engine.pullNow('erp');
    await bench.engine.scanNow('erp', 'items');
    await bench.engine.idle();
    const after = await bench.store.head('main');
    if (round > 1 && after.position.seq === before.position.seq && (await bench.pending()) === 0) return;
  }
}

async function begin() {
  const erp = createNastySystem({ pageSize: 2, traits: { batch: { max: 2, fails: 'each' } } });
  for (const key of KEYS) erp.insert(key, { name: key, stock: START });
  return { erp, bench: await openBench({ nasty: { erp } }) };
}

const options = { seed: 20_261_122, numRuns: 40, endOnFailure: false };

test('whatever is cut off, killed or repeated, every sale counts once and both sides agree in the end', async () => {
  await fc.assert(
    fc.asyncProperty(run(fc.oneof(changing, disturbing)), async (steps) => {
      const { erp, bench } = await begin();
      await using _bench = bench;
      const ledger = await play(steps, erp, bench);
      await settle(erp, bench);
      expect(await bench.store.outboxDead({ limit: 10 })).toEqual([]);
      const documents = await bench.all();
      const stocks = new Map([...documents].map(([id, document]) => [id, document.stock]));
      expect(stocks).toEqual(ledger);
      const told = [...documents.values()].map(({ id: _id, ...fields }) =>
        JSON.stringify(Object.entries(fields).sort()),
      );
      const kept = [...erp.records.values()].map(({ data }) => JSON.stringify(Object.entries(data).sort()));
      expect(kept.sort()).toEqual(told.sort());
      const ids = erp.applied.map(({ id }) => id);
      expect(ids).toHaveLength(new Set(ids).size);
    }),
    options,
  );
}, 60_000);

test('with deletions on both sides too, nothing disappears that nobody deleted, and what is left agrees or says why', async () => {
  await fc.assert(
    fc.asyncProperty(run(fc.oneof(changing, disturbing, deleting)), async (steps) => {
      const { erp, bench } = await begin();
      await using _bench = bench;
      await play(steps, erp, bench);
      await settle(erp, bench);
      const deletedHere = new Set(steps.flatMap((step) => (step.do === 'delete-here' ? [KEYS[step.at]] : [])));
      const deletedThere = new Set(steps.flatMap((step) => (step.do === 'delete-there' ? [KEYS[step.at]] : [])));
      const dead = new Set((await bench.store.outboxDead({ limit: 10 })).map(({ id }) => id));
      const documents = await bench.all();
      for (const key of KEYS) {
        const document = documents.get(`items-${key}`);
        const record = erp.records.get(key);
        if (!deletedHere.has(key) && !deletedThere.has(key)) expect(document).toBeDefined();
        if (document === undefined) expect(record).toBeUndefined();
        else if (record === undefined) expect(dead).toContain(`items-${key}`);
        else expect(document).toEqual({ id: `items-${key}`, ...record.data });
      }
    }),
    options,
  );
}, 60_000);
