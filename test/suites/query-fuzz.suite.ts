import type { BulkWriteRow, RxStorage } from 'rxdb';
import { expect, test } from 'vitest';
import { type Chance, createChance } from './query-fuzz/chance.ts';
import { DEVIATIONS, type Deviation } from './query-fuzz/deviations.ts';
import { compare, minimalCase } from './query-fuzz/minimal-case.ts';
import { randomQuery } from './query-fuzz/random-query.ts';
import { type AnyDocument, type RandomSchema, randomSchema } from './query-fuzz/random-schema.ts';
import { randomDocument } from './query-fuzz/random-values.ts';
import { openTwoStorages, type StoredDocument, type TwoStorages } from './query-fuzz/two-storages.ts';

const SEED = Number(process.env['DATASTORES_SEED'] ?? 1);
/** Queries over the documents of one schema. */
const QUERIES = 40;

/** What is compared with RxDB's memory storage. */
export interface FuzzedStorage {
  readonly storage: RxStorage<unknown, unknown>;
  /** Pairs of a schema and a query where the environment says nothing. */
  readonly pairs: number;
}

/** Makes up schemas, documents and queries, and compares the answers of a storage with those of RxDB's memory storage. */
export function queryFuzzSuite(name: string, { storage, pairs: usual }: FuzzedStorage): void {
  const pairs = Number(process.env['DATASTORES_PAIRS'] ?? usual);
  test(`${pairs} pairs of a schema and a query: the ${name} answers as RxDB’s memory storage does`, async () => {
    const seen = { agreed: 0, 'agreed on nothing': 0, deviated: 0, refused: 0 };
    const reasons = new Map<Deviation, number>();
    // Keeps a database in memory, which all cases share, from being opened for each of them.
    await using _held = await openTwoStorages(storage, randomSchema(createChance(0)));
    for (let pair = 0, seed = SEED; pair < pairs; seed += 1) {
      const chance = createChance(seed);
      const random = randomSchema(chance);
      await using storages = await openTwoStorages(storage, random);
      const documents = await fill(storages, random, chance);
      await compareById(storages, documents);
      for (let query = 0; query < QUERIES && pair < pairs; query += 1, pair += 1) {
        const one = { storage, random, documents, query: randomQuery(chance, { ...random, documents }) };
        const verdict = await compare(storages, one);
        if (verdict.is === 'fault') throw new Error(`DATASTORES_SEED=${seed}: ${await minimalCase(one)}`);
        seen[verdict.is] += 1;
        if (verdict.is !== 'deviated') continue;
        for (const deviation of verdict.deviations) reasons.set(deviation, (reasons.get(deviation) ?? 0) + 1);
      }
    }
    expect(seen.deviated + seen.refused, 'most pairs are compared without a known deviation').toBeLessThan(
      pairs * 0.05,
    );
    expect(seen.agreed, 'many find something').toBeGreaterThan(pairs * 0.4);
    expect([...reasons.keys()].sort(), 'every declared deviation is met').toEqual(Object.keys(DEVIATIONS).sort());
  }, 240_000);
}

/** Inserts documents and writes some of them again, as they change or are deleted. Returns what is stored in the end. */
async function fill(storages: TwoStorages, random: RandomSchema, chance: Chance): Promise<StoredDocument[]> {
  const stored = new Map<string, StoredDocument>();
  const ids = Array.from({ length: 8 + chance.below(16) }, (_, at) => `id-${(at * 7) % 29}`);
  for (const id of ids) stored.set(id, randomDocument(chance, id, random));
  await storages.write([...stored.values()].map((document): BulkWriteRow<AnyDocument> => ({ document })));
  const rows = chance.some([...stored.values()], 8).map((previous): BulkWriteRow<AnyDocument> => {
    const document = { ...randomDocument(chance, previous.id, random), _rev: '2-fuzz' };
    stored.set(previous.id, document);
    return { previous, document };
  });
  if (rows.length > 0) await storages.write(rows);
  return [...stored.values()];
}

async function compareById({ ours, memory }: TwoStorages, documents: readonly StoredDocument[]): Promise<void> {
  const ids = documents.map(({ id }) => id);
  for (const withDeleted of [true, false]) {
    const found = await Promise.all(
      [ours, memory].map(async (instance) =>
        (await instance.findDocumentsById(ids, withDeleted)).map((document) => JSON.parse(JSON.stringify(document))),
      ),
    );
    const [here, there] = found.map((list) => list.sort((a, b) => (a.id < b.id ? -1 : 1)));
    expect(here).toEqual(there);
  }
}
