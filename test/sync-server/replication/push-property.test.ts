import type { JsonDocument } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModelReplica } from './model-replica.ts';
import { callerOf, openService, pullPage } from './test-service.ts';
import { things } from './thing.ts';

type Step =
  | { readonly do: 'count'; readonly at: number; readonly by: number }
  | { readonly do: 'write'; readonly at: number; readonly field: 'name' | 'note'; readonly text: string }
  | { readonly do: 'push'; readonly at: number; readonly answer: 'arrives' | 'is lost' | 'is held' }
  | { readonly do: 'late'; readonly at: number; readonly back: number }
  | { readonly do: 'pull'; readonly at: number }
  | { readonly do: 'delete'; readonly at: number };

const at = fc.integer({ min: 0, max: 2 });
const count = fc.record({ do: fc.constant('count' as const), at, by: fc.integer({ min: -5, max: 5 }) });
const write = fc.record({
  do: fc.constant('write' as const),
  at,
  field: fc.constantFrom('name' as const, 'note' as const),
  text: fc.constantFrom('a', 'b', 'c'),
});
const push = fc.record({
  do: fc.constant('push' as const),
  at,
  answer: fc.constantFrom('arrives' as const, 'is lost' as const, 'is held' as const),
});
const late = fc.record({ do: fc.constant('late' as const), at, back: fc.nat({ max: 5 }) });
const pull = fc.record({ do: fc.constant('pull' as const), at });
const remove = fc.record({ do: fc.constant('delete' as const), at });

/** `version` says which state the server has: a late copy of what is over must leave it as it is. */
async function run(replica: ModelReplica, step: Step, version: () => Promise<string | undefined>): Promise<void> {
  if (step.do === 'count') replica.edit((d) => ({ ...d, stock: Number(d['stock'] ?? 0) + step.by }));
  if (step.do === 'write') replica.edit((d) => ({ ...d, [step.field]: step.text }));
  if (step.do === 'delete') replica.edit(() => null);
  if (step.do === 'push') await replica.push(step.answer);
  if (step.do === 'pull') await replica.pull();
  if (step.do === 'late') {
    const before = await version();
    if (await replica.deliverLate(step.back)) expect(await version()).toBe(before);
  }
}

async function settle(replicas: readonly ModelReplica[]): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (const replica of replicas) {
      await replica.push('arrives');
      await replica.pull();
    }
  }
}

test('whatever is lost, repeated and delivered late, every count counts once and the replicas agree', async () => {
  await using at = await openService([things]);
  let number = 0;
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: count }, write, { weight: 4, arbitrary: push }, pull, late), {
    maxLength: 40,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      number += 1;
      const id = `doc-${number}`;
      const replicas = [0, 1, 2].map(
        (n) =>
          new ModelReplica(
            { service: at.service, caller: callerOf('ana'), datastore: things, replica: `replica-${n}-${number}` },
            id,
          ),
      );
      const first: JsonDocument = { id, name: 'a', note: 'a', stock: 100 };
      replicas[0]?.insert(first);
      await replicas[0]?.push('arrives');
      for (const replica of replicas) await replica.pull();
      const version = async () => (await at.store.document('main', { datastore: 'thing', id }))?.version;
      let expected = 100;
      for (const step of steps) {
        await run(replicas[step.at] as ModelReplica, step, version);
        if (step.do === 'count') expected += step.by;
      }
      await settle(replicas);
      const stored = await at.store.document('main', { datastore: 'thing', id });
      const server = JSON.parse(stored?.body ?? 'null');
      expect(server.stock).toBe(expected);
      for (const replica of replicas) expect(replica.document).toEqual(server);
    }),
    { numRuns: 150 },
  );
}, 120_000);

test('whatever is lost, repeated and delivered late, a deleted document stays deleted on every replica', async () => {
  await using at = await openService([things]);
  let number = 0;
  const steps = fc.array(fc.oneof(count, write, push, pull, remove, late), { maxLength: 30, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), steps, async (known, steps) => {
      number += 1;
      const id = `doc-${number}`;
      const wire = { service: at.service, caller: callerOf('ana'), datastore: things };
      const replicas = [0, 1, 2].map((n) => new ModelReplica({ ...wire, replica: `replica-${n}-${number}` }, id));
      replicas[0]?.insert({ id, name: 'a', stock: 1 });
      // Unknown: the answer to the insert is lost, so that it is repeated in the midst of what follows.
      await replicas[0]?.push(known ? 'arrives' : 'is lost');
      for (const replica of replicas) await replica.pull();
      const version = async () => (await at.store.document('main', { datastore: 'thing', id }))?.version;
      let deleted = false;
      for (const step of steps) {
        await run(replicas[step.at] as ModelReplica, step, version);
        const stored = await at.store.document('main', { datastore: 'thing', id });
        if (deleted) expect(stored?.deleted).toBe(true);
        deleted = stored?.deleted ?? false;
      }
      await settle(replicas);
      const stored = await at.store.document('main', { datastore: 'thing', id });
      for (const replica of replicas) {
        expect(replica.document).toEqual(stored?.deleted ? null : JSON.parse(stored?.body ?? 'null'));
      }
      const page = await pullPage({ ...wire, replica: `replica-9-${number}` });
      expect(page.rows.some((row) => 'doc' in row && row.doc.id === id)).toBe(stored?.deleted === false);
    }),
    { numRuns: 150 },
  );
}, 120_000);
