import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  checkpointed,
  type DamagePlace,
  EDITED,
  openAndExchange,
  prepareDamagePlace,
} from '../support/damage-place.ts';
import { keptIn, overwrite, PAGE, pageCount } from '../support/damaged-folder.ts';

let prepared: Awaited<ReturnType<typeof prepareDamagePlace>>;
beforeAll(async () => {
  prepared = await prepareDamagePlace();
});
afterAll(() => prepared[Symbol.asyncDispose]());

const ALL = Object.values(EDITED).flat();

/** Where the pages of a table or an index lie in the file, its root first. */
function rootOf({ database }: DamagePlace, name: (names: readonly string[]) => string | undefined): number {
  const connection = new Database(database, { readonly: true });
  const roots = new Map(
    connection
      .prepare<[], { name: string; rootpage: number }>('SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0')
      .all()
      .map((row) => [row.name, row.rootpage]),
  );
  connection.close();
  rmSync(`${database}-shm`, { force: true });
  return roots.get(name([...roots.keys()]) ?? '') ?? 0;
}

/** The table that holds the documents of a collection. */
function tableOf({ database }: DamagePlace, collection: string): string {
  const connection = new Database(database, { readonly: true });
  const id = connection.prepare('SELECT id FROM collections WHERE collection = ?').pluck().get(collection);
  connection.close();
  rmSync(`${database}-shm`, { force: true });
  return `docs_${id}`;
}

const noise = (old: Buffer) => old.map((_, at) => (at * 151 + 7) % 251) as Buffer;
const zeros = (old: Buffer) => old.fill(0);
const page = (number: number, length = 1) => ({ start: (number - 1) * PAGE, length: length * PAGE });

test('a sound file is not touched after its process was killed, and nothing is reported', async () => {
  await using place = await prepared.copy();
  const found = await openAndExchange(place);
  expect([found.missing.size, found.reports, keptIn(place.folder)]).toEqual([0, [], []]);
});

test('a header of zeros: every edit is saved and pushed once, and the damaged file is kept as it was', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const damaged = readFileSync(place.database);
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length, rejected: 0, lost: [], mayLackMore: false }]);
  const [kept] = found.reports[0]?.kept ?? [];
  expect(keptIn(place.folder)).toContain(basename(kept ?? ''));
  expect(readFileSync(kept ?? '').equals(damaged)).toBe(true);
});

test('edits that were pushed before the damage, without hearing the answer, count once', async () => {
  await using place = await prepared.copy({ pushed: true });
  checkpointed(place);
  overwrite(place.database, { start: 0, length: 100 }, zeros);
  const found = await openAndExchange(place);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length }]);
  expect([...found.missing]).toEqual([]);
});

test('a first page of zeros takes the list of tables with it: edits are found in the pages all the same', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  overwrite(place.database, page(1), zeros);
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length, lost: [] }]);
});

test('damaged pages of indexes cost no edit', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  const documents = tableOf(place, 'inventory');
  const roots = ['_by_', 'autoindex'].map((part) =>
    rootOf(place, (names) => names.find((name) => name.includes(documents) && name.includes(part))),
  );
  for (const root of roots) {
    expect(root).toBeGreaterThan(1);
    overwrite(place.database, page(root), noise);
  }
  const found = await openAndExchange(place);
  expect([...found.missing]).toEqual([]);
  expect(found.reports).toMatchObject([{ salvaged: ALL.length, lost: [], mayLackMore: false }]);
});

test.each(['customer', 'inventory', 'datastores-journal'])(
  'a damaged root of the table of %s costs no edit: its rows are found without it',
  async (collection) => {
    await using place = await prepared.copy();
    checkpointed(place);
    const table = tableOf(place, collection);
    overwrite(place.database, page(rootOf(place, () => table)), noise);
    const found = await openAndExchange(place);
    expect([...found.missing]).toEqual([]);
    expect(found.reports).toMatchObject([{ salvaged: ALL.length }]);
  },
);

test('the journal lost as a whole: new documents are pushed, other edits are listed with all they say', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  const content = readFileSync(place.database);
  const holdsEntries = (number: number) => content.includes('"datastore', (number - 1) * PAGE);
  for (let number = 2; number <= pageCount(place.database); number += 1) {
    const bytes = content.subarray((number - 1) * PAGE, number * PAGE);
    if (holdsEntries(number) && bytes.includes('|edit|')) overwrite(place.database, page(number), noise);
  }
  const found = await openAndExchange(place);
  expect(EDITED.inserted.filter((id) => found.missing.has(id))).toEqual([]);
  const others = [...EDITED.sold, ...EDITED.patched, ...EDITED.deleted];
  expect(others.filter((id) => !found.ids.has(id))).toEqual([]);
  expect(others.filter((id) => !found.missing.has(id))).toEqual([]);
  expect(found.reports).toMatchObject([
    { salvaged: EDITED.inserted.length, rejected: others.length, mayLackMore: true },
  ]);
});

test('a file cut short: what is left of the edits is pushed once, the rest is named', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  truncateSync(place.database, Math.floor(pageCount(place.database) * 0.9) * PAGE + 100);
  const found = await openAndExchange(place);
  expect(found.reports).toHaveLength(1);
  expect(found.missing.size).toBeGreaterThan(0);
  expect(found.arrived.size).toBeGreaterThan(0);
});

test('pages in the middle overwritten: what cannot be read is named', async () => {
  await using place = await prepared.copy();
  checkpointed(place);
  const pages = pageCount(place.database);
  overwrite(place.database, page(Math.floor(pages / 3), Math.floor(pages / 4)), noise);
  const found = await openAndExchange(place);
  expect(found.missing.size).toBeGreaterThan(0);
  expect(found.arrived.size).toBeGreaterThan(0);
});

test('the log of the newest writes removed: the replica goes on from the earlier state and says so', async () => {
  await using place = await prepared.copy({ pushed: true });
  rmSync(`${place.database}-wal`);
  const found = await openAndExchange(place);
  expect(found.reports).toMatchObject([
    { problems: [expect.stringMatching(/-wal is gone, with the newest writes/)], mayLackMore: true },
  ]);
  expect([...found.missing], 'what it had pushed before').toEqual([]);
});

test('a commit in the middle of the log damaged: the replica goes on from the state before it and says so', async () => {
  await using place = await prepared.copy();
  // The log is written from its beginning again and again: what is further behind may be of the round before.
  overwrite(`${place.database}-wal`, { start: 32 + 2 * (24 + PAGE) + 24, length: 100 }, noise);
  const log = readFileSync(`${place.database}-wal`);
  const found = await openAndExchange(place);
  expect(found.reports).toMatchObject([
    { problems: [expect.stringMatching(/-wal is damaged/)], kept: [expect.stringMatching(/-wal$/)], mayLackMore: true },
  ]);
  expect(readFileSync(found.reports[0]?.kept[0] ?? '').equals(log)).toBe(true);
});

test('an unfinished last commit in the log, as a crash leaves it, is no damage', async () => {
  await using place = await prepared.copy();
  appendFileSync(`${place.database}-wal`, Buffer.alloc(1_000, 7));
  expect((await openAndExchange(place)).reports).toEqual([]);
});

test('a database that is gone is reported, and everything is pulled anew', async () => {
  await using place = await prepared.copy();
  rmSync(place.database);
  const found = await openAndExchange(place);
  expect(found.reports).toMatchObject([{ problems: [expect.stringMatching(/is gone/)], mayLackMore: true }]);
  expect(found.arrived.size).toBe(0);
});

test('a file of something else in its place is kept, and everything is pulled anew', async () => {
  await using place = await prepared.copy();
  rmSync(`${place.database}-wal`);
  writeFileSync(place.database, 'Dear Sir or Madam, '.repeat(1_000));
  const found = await openAndExchange(place);
  expect(found.reports).toMatchObject([{ salvaged: 0, mayLackMore: true }]);
  expect(readFileSync(found.reports[0]?.kept[0] ?? '', 'utf8')).toMatch(/^Dear Sir/);
});
