import { writeFileSync } from 'node:fs';
import type { Product } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { makeProduct } from '../../bench/documents/product.ts';
import { type Chance, createChance } from '../../suites/query-fuzz/chance.ts';
import { settled } from '../../support/sync.ts';
import { CORRUPTION_KINDS, type CorruptionKind, corrupt } from './corrupt.ts';
import { placeWithProducts } from './place.ts';

/** How much is done; `npm run self-check` does all of it. */
const DOCUMENTS = Number(process.env.SELF_CHECK_DOCUMENTS ?? 2_000);
const CORRUPTIONS = Number(process.env.SELF_CHECK_CORRUPTIONS ?? 100);
const SEED = Number(process.env.SELF_CHECK_SEED ?? 1);

/** So many rounds are also looked at before the check and checked twice; of many documents that takes longer than all else. */
const CLOSELY = 5;

/** Other work on the machine must not decide. */
const PATIENTLY = { timeout: 20_000 };

/** What a repair may cost beside twice the documents that differ. */
const SLACK = 32 * 1024;

test(`one check finds and repairs ${CORRUPTIONS} random corruptions among ${DOCUMENTS} documents, exchanging little but them`, {
  timeout: 30_000 + CORRUPTIONS * 3_000 + DOCUMENTS * 10,
}, async () => {
  await using place = await placeWithProducts(DOCUMENTS, SEED);
  const random = createChance(SEED);
  const shares: number[] = [];
  const times: number[] = [];
  const sums = { differing: 0, found: 0, differingBytes: 0, repairBytes: 0 };
  for (let done = 0; done < CORRUPTIONS; ) {
    const together = Math.min(CORRUPTIONS - done, random.one([1, 1, 5, 20, 60, Math.ceil(CORRUPTIONS / 5)]));
    done += together;
    const { ids, positions, bytes } = await corruptMany(place, random, together);
    if (shares.length < CLOSELY) expect(new Set(await place.differing())).toEqual(ids);
    const before = place.line.traffic();
    const begun = performance.now();

    const [report] = await place.stores.check();

    times.push(performance.now() - begun);
    const traffic = place.line.traffic() - before;
    const found = new Set(report?.findings.filter(({ kind }) => kind !== 'position').map(({ id }) => id));
    expect(found).toEqual(ids);
    expect(report?.findings.some(({ kind }) => kind === 'position')).toBe(positions);
    expect(report).toMatchObject({ outcome: 'repaired', error: null });
    expect(await place.differing()).toEqual([]);
    expect(traffic).toBeLessThanOrEqual(2 * bytes + SLACK);
    shares.push(traffic / (2 * bytes + SLACK));
    sums.differing += ids.size;
    sums.found += found.size;
    sums.differingBytes += bytes;
    sums.repairBytes += traffic;
    if (shares.length > CLOSELY) continue;
    const [again] = await place.stores.check();
    expect(again).toMatchObject({ outcome: 'equal', compared: DOCUMENTS, found: 0 });
  }
  const figures = {
    documents: DOCUMENTS,
    corruptions: CORRUPTIONS,
    checks: times.length,
    ...sums,
    worstShareOfLimit: Number(Math.max(...shares).toFixed(3)),
    longestCheckMs: Math.round(Math.max(...times)),
    rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
  const file = process.env.SELF_CHECK_FIGURES;
  if (file !== undefined) writeFileSync(file, JSON.stringify(figures));
});

test('without a check a difference stays, however often everything is exchanged', async () => {
  await using place = await placeWithProducts(300, SEED);
  const { ids } = await corruptMany(place, createChance(SEED), 6);

  for (let turn = 0; turn < 3; turn += 1) await place.stores.syncNow();
  await place.write([{ ...untouched(ids), price: 1 }]);
  await settled(place.stores);

  expect(ids.size).toBeGreaterThan(3);
  await expect.poll(async () => new Set(await place.differing()), PATIENTLY).toEqual(ids);
});

test('edits and changes of the server that happen during a check are neither lost nor taken for differences', async () => {
  await using place = await placeWithProducts(1_500, SEED);
  const random = createChance(SEED);
  const { ids } = await corruptMany(place, random, 30);
  const free = Array.from({ length: 1_500 }, (_, index) => makeProduct(SEED, index)).filter(({ id }) => !ids.has(id));
  const edited: Product[] = [];
  const written: Product[] = [];
  place.line.before = async (kind) => {
    if (kind !== 'digest') return;
    for (let one = 0; one < 3; one += 1) {
      const [here, there] = [free.pop() as Product, free.pop() as Product];
      await place.stores.product.findOne(here.id).incrementalPatch({ name: 'Edited meanwhile' });
      edited.push(here);
      await place.write([{ ...there, name: 'Changed meanwhile' }]);
      written.push(there);
    }
  };

  const [report] = await place.stores.check();
  place.line.before = () => {};
  await settled(place.stores);
  await expect.poll(() => place.differing(), PATIENTLY).toEqual([]);

  expect(new Set(report?.findings.filter(({ kind }) => kind !== 'position').map(({ id }) => id))).toEqual(ids);
  expect(edited.length).toBeGreaterThan(5);
  for (const { id } of edited) expect(JSON.parse(String(await place.there(id))).name).toBe('Edited meanwhile');
  for (const { id } of written) {
    expect((await place.stores.product.findOne(id).exec(true)).name).toBe('Changed meanwhile');
  }
  expect(await firstValueFrom(place.stores.rejected$)).toEqual([]);
});

test('a damaged position is found at the next opening, and nothing but the difference is exchanged', async () => {
  await using place = await placeWithProducts(1_000, SEED);
  await place.stores.close();
  const random = createChance(SEED);
  corrupt(place.filename, { random, kind: 'changed position', taken: new Set() });
  const { ids } = corrupt(place.filename, { random, kind: 'missing row', taken: new Set() });

  await using again = await place.openReplica({ mayLackWrites: true });
  await settled(again.stores);

  const { checked } = (await firstValueFrom(again.stores.status$)).datastores['product'] ?? {};
  expect(checked?.findings.map(({ kind, id }) => [kind, id])).toEqual([
    ['position', 'main'],
    ['missing', ids[0]],
  ]);
  expect(again.line.traffic()).toBeLessThan(SLACK);
  await place.write([{ ...untouched(new Set(ids)), price: 1 }]);
  await expect.poll(() => place.differing(), PATIENTLY).toEqual([]);
});

test('a live query shows repaired documents, and never an empty place in between', async () => {
  await using place = await placeWithProducts(50, SEED);
  const [first] = [makeProduct(SEED, 0)];
  const seen: (string | undefined)[] = [];
  const subscription = place.stores.product.findOne(first.id).$.subscribe((product) => seen.push(product?.name));
  await expect.poll(() => seen).toEqual([first.name]);
  corrupt(place.filename, {
    random: createChance(SEED),
    kind: 'unreadable text',
    taken: new Set(Array.from({ length: 49 }, (_, index) => makeProduct(SEED, index + 1).id)),
  });

  const [report] = await place.stores.check();

  expect(report).toMatchObject({ outcome: 'repaired', findings: [{ kind: 'changed', id: first.id, repaired: true }] });
  subscription.unsubscribe();
  expect(new Set(seen)).toEqual(new Set([first.name]));
  expect((await place.stores.product.findOne({ selector: { sku: first.sku } }).exec())?.id).toBe(first.id);
});

type Place = Awaited<ReturnType<typeof placeWithProducts>>;

async function corruptMany(place: Place, random: Chance, count: number) {
  const ids = new Set<string>();
  const taken = new Set<string>();
  const kinds: CorruptionKind[] = [];
  let bytes = 0;
  for (let done = 0; done < count; done += 1) {
    const open = CORRUPTION_KINDS.filter((kind) => kind !== 'changed position' || !kinds.includes(kind));
    const kind = random.one(open);
    kinds.push(kind);
    const corruption = corrupt(place.filename, { random, kind, taken });
    for (const id of corruption.ids) {
      ids.add(id);
      const there = await place.there(id);
      bytes += there === null ? corruption.bytes : Buffer.byteLength(there);
    }
  }
  return { ids, bytes, positions: kinds.includes('changed position') };
}

/** The first product that nothing was done to. */
function untouched(ids: ReadonlySet<string>): Product {
  for (let index = 0; ; index += 1) {
    const product = makeProduct(SEED, index);
    if (!ids.has(product.id)) return product;
  }
}
