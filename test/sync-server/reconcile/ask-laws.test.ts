import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { articleBinding, type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastySystem, type PushFault } from '../../support/nasty-system.ts';

type Step =
  | { readonly do: 'edit-here' | 'edit-there' | 'other-here' | 'other-there' }
  | { readonly do: 'answer'; readonly take: 'here' | 'there' | 'value'; readonly late: boolean }
  | { readonly do: 'pull' | 'push' | 'scan' | 'restart' | 'scramble' | 'idle' }
  | { readonly do: 'kill'; readonly after: number }
  | { readonly do: 'fault'; readonly fault: PushFault };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('edit-here' as const, 'edit-there' as const, 'other-here' as const, 'other-there' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'pull' as const,
        'push' as const,
        'scan' as const,
        'restart' as const,
        'scramble' as const,
        'idle' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      take: fc.constantFrom('here' as const, 'there' as const, 'value' as const),
      late: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ do: fc.constant('kill' as const), after: fc.nat({ max: 12 }) }),
      fc.record({
        do: fc.constant('fault' as const),
        fault: fc.constantFrom<PushFault>('cut-before', 'cut-after', 'down', { outcome: { is: 'conflict' } }),
      }),
    ),
  },
);

/** Every value that a person entered, and which values that person saw, or decided against, when entering it. */
type Entered = Map<string, Set<string>>;

const ID = 'items-a1';

/** One run: what was entered so far, and the two places where it is entered. */
function newRun(erp: NastySystem, bench: Bench) {
  const entered: Entered = new Map([['start', new Set()]]);
  let number = 0;
  const enter = (side: string, seen: readonly string[]) => {
    number += 1;
    const value = `${side}-${number}`;
    entered.set(value, new Set(seen));
    return value;
  };
  const editHere = (patch: (before: JsonObject) => JsonObject) =>
    bench.store.write({ scope: 'main', documents: [{ datastore: 'article', id: ID }] }, (current) => {
      const stored = current.document({ datastore: 'article', id: ID });
      if (stored === null) throw new Error('the article is gone');
      const before = JSON.parse(stored.body) as JsonObject;
      const body = canonicalJson({ ...before, ...patch(before) });
      const { datastore, id, schemaVersion, version: base } = stored;
      return {
        documents: [{ datastore, id, body, schemaVersion, author: 'till', base, from: null }],
        result: undefined,
      };
    });
  const nameThere = () => String(erp.records.get('a1')?.data.name);
  const answer = async (take: 'here' | 'there' | 'value', late: boolean) => {
    // Whoever was killed before answers nothing.
    const open = await bench.engine.questions().catch(() => null);
    if (open === null) return bench.restart();
    const [question] = open;
    if (question === undefined) return;
    const [here, there] = [String(question.here), String(question.there)];
    if (late) await editHere(({ name }) => ({ name: enter('late', [String(name)]) }));
    const value = enter('answer', [here, there]);
    const kept = take === 'here' ? here : there;
    const other = take === 'here' ? there : here;
    if (take !== 'value') {
      entered.delete(value);
      entered.get(kept)?.add(other);
    }
    try {
      await bench.engine.answer({ question: question.question, answer: take === 'value' ? { value } : { take } });
      expect(late).toBe(false);
    } catch (error) {
      expect(String(error)).toMatch(/QUESTION_STALE|QUESTION_UNKNOWN|was killed/);
      if (take === 'value') entered.delete(value);
      else entered.get(kept)?.delete(other);
    }
  };
  const play = async (one: Step) => {
    if (one.do === 'edit-here') await editHere(({ name }) => ({ name: enter('here', [String(name)]) }));
    else if (one.do === 'edit-there') erp.edit('a1', { name: enter('there', [nameThere()]) });
    else if (one.do === 'other-here') await editHere(({ tag }) => ({ tag: `${String(tag ?? '')}x` }));
    else if (one.do === 'other-there') erp.edit('a1', { price: Number(erp.records.get('a1')?.data.price) + 1 });
    else if (one.do === 'answer') await answer(one.take, one.late);
    else if (one.do === 'pull') await bench.engine.pullNow('erp');
    else if (one.do === 'push') await bench.engine.pushNow('erp');
    else if (one.do === 'scan') await bench.engine.scanNow('erp', 'items');
    else if (one.do === 'restart') await bench.restart();
    else if (one.do === 'idle') await bench.engine.idle();
    else if (one.do === 'scramble') erp.scrambled = !erp.scrambled;
    else if (one.do === 'kill') bench.killAfter(one.after);
    else if (one.do === 'fault') erp.failPushes(one.fault);
  };
  return { entered, play, answer };
}

async function settle(erp: NastySystem, bench: Bench): Promise<void> {
  erp.scrambled = false;
  await bench.restart();
  for (let round = 0; round < 8; round += 1) {
    const before = await bench.store.head('main');
    await bench.engine.pushNow('erp');
    await bench.engine.pullNow('erp');
    await bench.engine.scanNow('erp', 'items');
    await bench.engine.idle();
    const after = await bench.store.head('main');
    if (round > 1 && after.position.seq === before.position.seq && (await bench.pending()) === 0) return;
  }
}

/** Everything that a value came after: what was seen when it was entered, and what was seen then, and so on. */
function knownBy(entered: Entered, value: string): ReadonlySet<string> {
  const known = new Set<string>();
  const look = [value];
  for (let next = look.pop(); next !== undefined; next = look.pop()) {
    if (known.has(next)) continue;
    known.add(next);
    look.push(...(entered.get(next) ?? []));
  }
  return known;
}

test('whatever is cut off, killed or answered late, no value that somebody entered is lost without an answer', async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
      const erp = createNastySystem({ pageSize: 2, traits: { batch: { max: 2, fails: 'each' } } });
      erp.insert('a1', { name: 'start', price: 1 });
      const fields = { name: { merge: 'ask' }, price: { from: 'there' }, tag: { from: 'here' } } as const;
      await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ fields })] });
      const run = newRun(erp, bench);
      for (const one of steps) await run.play(one);
      await settle(erp, bench);
      for (let round = 0; (await bench.engine.questions()).length > 0; round += 1) {
        expect(round).toBeLessThan(5);
        answered += 1;
        await run.answer(round % 2 === 0 ? 'here' : 'there', false);
        await settle(erp, bench);
      }
      const here = await bench.read(ID);
      const there = erp.records.get('a1')?.data;
      expect({ ...here, id: undefined }).toEqual({ ...there, id: undefined });
      expect([...knownBy(run.entered, String(here?.name))].sort()).toEqual([...run.entered.keys()].sort());
      expect(await bench.pending()).toBe(0);
      expect(await bench.store.outboxDead({ limit: 1 })).toEqual([]);
    }),
    { seed: 20_261_123, numRuns: 60, endOnFailure: true },
  );
  // The runs do lead to questions, else nothing was shown.
  expect(answered).toBeGreaterThan(10);
}, 120_000);
