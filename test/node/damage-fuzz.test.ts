import { rmSync, statSync, truncateSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  checkpointed,
  type DamagePlace,
  exchange,
  expectAgreement,
  openAndExchange,
  prepareDamagePlace,
} from '../support/damage-place.ts';
import { overwrite, PAGE, pageCount } from '../support/damaged-folder.ts';

let prepared: Awaited<ReturnType<typeof prepareDamagePlace>>;
beforeAll(async () => {
  prepared = await prepareDamagePlace();
});
afterAll(() => prepared[Symbol.asyncDispose]());

const CONTENTS = {
  zeros: (old: Buffer) => old.fill(0),
  ones: (old: Buffer) => old.fill(0xff),
  noise: (old: Buffer) => Buffer.from(old.map((_, at) => (at * 151 + 7) % 251)),
  /** As if a page had been written to the wrong place. */
  shifted: (old: Buffer) => Buffer.concat([old.subarray(PAGE / 2), old.subarray(0, PAGE / 2)]),
} as const;

const position = fc.double({ min: 0, max: 0.999, noNaN: true });
const content = fc.constantFrom(...(Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]));

/** Damage to the file, at places that are parts of its length. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('pages' as const), at: position, count: fc.integer({ min: 1, max: 12 }), content }),
  fc.record({ kind: fc.constant('part of a page' as const), at: position, content }),
  fc.record({ kind: fc.constant('cut' as const), at: position }),
  fc.record({ kind: fc.constant('header' as const), content }),
);

type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

function inflict({ database }: DamagePlace, one: Damage): void {
  const number = 'at' in one ? Math.floor(one.at * pageCount(database)) : 0;
  const start = number * PAGE;
  if (one.kind === 'cut') truncateSync(database, start + 123);
  else if (one.kind === 'header') overwrite(database, { start, length: 100 }, CONTENTS[one.content]);
  else if (one.kind === 'part of a page') overwrite(database, { start: start + 8, length: 600 }, CONTENTS[one.content]);
  else overwrite(database, { start, length: one.count * PAGE }, CONTENTS[one.content]);
}

test('whatever is damaged: nothing counts twice, nothing is missing without a word, and replica and server agree', async () => {
  const cases = fc.record({
    damages: fc.array(damage, { minLength: 1, maxLength: 3 }),
    /** Whether the newest writes are in the file itself, or in the log that the damage spares, or gone. */
    log: fc.constantFrom('checkpointed', 'beside it', 'removed'),
    pushed: fc.boolean(),
  });
  let damaged = 0;
  let saved = 0;
  const property = fc.asyncProperty(cases, async ({ damages, log, pushed }) => {
    await using place = await prepared.copy({ pushed });
    if (log === 'checkpointed') checkpointed(place);
    for (const one of damages) inflict(place, one);
    if (log === 'removed') rmSync(`${place.database}-wal`);
    const found = await openAndExchange(place);
    if (pushed) expect([...found.missing], 'what the server had already').toEqual([]);
    damaged += found.reports.length;
    saved += found.reports.reduce((sum, { salvaged }) => sum + salvaged, 0);
  });
  const numRuns = Number(process.env['DATASTORES_RUNS'] ?? 20);
  await fc.assert(property, { seed: Number(process.env['DATASTORES_SEED'] ?? 11), numRuns, endOnFailure: true });
  expect(damaged).toBeGreaterThan(numRuns / 2);
  expect(saved).toBeGreaterThan(numRuns * 10);
}, 3_600_000);

test('a few bytes changed anywhere: the replica is in agreement with the server after opening twice at the most', async () => {
  const flips = fc.array(fc.record({ at: position, value: fc.integer({ min: 1, max: 255 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  const property = fc.asyncProperty(flips, async (changes) => {
    await using place = await prepared.copy();
    checkpointed(place);
    const { size } = statSync(place.database);
    for (const { at, value } of changes) {
      const flip = (old: Buffer) => Buffer.from(old.map((byte) => byte ^ value));
      overwrite(place.database, { start: Math.floor(at * size), length: 1 }, flip);
    }
    const openOnce = async () => {
      await using replica = await place.open();
      await exchange(replica.stores);
      await expectAgreement(place, replica.stores);
    };
    await openOnce().catch(openOnce);
  });
  const numRuns = Number(process.env['DATASTORES_RUNS'] ?? 10);
  await fc.assert(property, { seed: Number(process.env['DATASTORES_SEED'] ?? 5), numRuns, endOnFailure: true });
}, 3_600_000);
