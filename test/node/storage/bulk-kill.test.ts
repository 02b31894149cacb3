import { setTimeout as sleep } from 'node:timers/promises';
import type { MangoQuery } from 'rxdb';
import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';
import type { StoredItem } from '../../suites/storage/item.ts';
import { itemSchema } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { prepareProgram } from '../../support/source-process.ts';
import { stateAfter } from './bulk-batches.ts';
import { openSqlitePlace, type SQLiteItems } from './sqlite-place.ts';

const SEED = Number(process.env['DATASTORES_SEED'] ?? 1);
const ROUNDS = 16;
/** Processes that wait for their turn, so that the time they take to start is not waited for one by one. */
const AT_ONCE = 4;

test(`kill -9 at ${ROUNDS} moments of bulk writes: every acknowledged batch is there, whole, and no part of another`, async () => {
  const random = seeded(SEED);
  using program = await prepareProgram(new URL('./bulk-writer.ts', import.meta.url));
  await using place = await openSqlitePlace();
  const acknowledged = new Map<string, number>();
  let checkpoint: unknown;
  for (let first = 0; first < ROUNDS; first += AT_ONCE) {
    const rounds = Array.from({ length: AT_ONCE }, (_, at) => `seed${SEED}round${first + at}`);
    // Every fourth process finds no file yet, so that it may be killed while it makes one.
    const files = rounds.map((round, at) => (at === 3 ? `${place.filename}-${round}` : place.filename));
    const writers = rounds.map((round, at) => program.start([files[at] as string, round]));
    try {
      expect(await Promise.all(writers.map((writer) => writer.line()))).toEqual(rounds.map(() => 'loaded'));
      for (const [at, writer] of writers.entries()) {
        const [filename, round] = [files[at] as string, rounds[at] as string];
        writer.say('go');
        await sleep(at === 3 ? random() * 60 : 20 + random() * 250);
        await writer.kill();
        const count = (await writer.rest()).length;
        const said = `DATASTORES_SEED=${SEED} ${round}, killed after batch ${count}`;
        const instance = await place.open({ filename });
        const written = await expectWholeBatches(instance, { round, acknowledged: count, said });
        await expectSoundIndexes(instance, said);
        const since = filename === place.filename ? checkpoint : undefined;
        const reached = await expectNoGap(instance, { since, written, said });
        if (filename === place.filename) checkpoint = reached;
        acknowledged.set(round, count);
        await instance.close();
      }
    } finally {
      for (const writer of writers) writer[Symbol.dispose]();
    }
  }
  const counts = [...acknowledged.values()];
  expect(
    counts.reduce((sum, count) => sum + count, 0),
    'batches acknowledged in all',
  ).toBeGreaterThan(ROUNDS);
}, 240_000);

interface Killed {
  readonly round: string;
  readonly acknowledged: number;
  readonly said: string;
}

/** The documents are those after the last acknowledged batch, or after the one that was being written. Returns their ids. */
async function expectWholeBatches(instance: SQLiteItems, { round, acknowledged, said }: Killed): Promise<string[]> {
  const here = (await allOf(instance)).filter(({ id }) => id.startsWith(`${round}-`));
  const possible = [acknowledged, acknowledged + 1].map((batches) => stateAfter(round, batches));
  const [without, withNext] = possible.map((state) => textOf(alive([...state.values()])));
  const found = textOf(alive(here));
  expect(found === without || found === withNext, `${said}: a batch is there in part`).toBe(true);
  const reached = found === without ? possible[0] : possible[1];
  // Deleted documents may have been purged, but none is there that was not deleted.
  const tombstones = here.filter(({ _deleted }) => _deleted);
  expect(textOf(tombstones), said).toBe(textOf(tombstones.flatMap(({ id }) => reached?.get(id) ?? [])));
  return here.map(({ id }) => id);
}

function alive(documents: readonly StoredItem[]): StoredItem[] {
  return documents.filter(({ _deleted }) => !_deleted);
}

function textOf(documents: readonly StoredItem[]): string {
  const sorted = [...documents].sort((a, b) => (a.id < b.id ? -1 : 1));
  return sorted
    .map(({ id, _rev, age, name, note, _deleted }) => JSON.stringify([id, _rev, age, name, note?.length, _deleted]))
    .join();
}

async function allOf(instance: SQLiteItems): Promise<StoredItem[]> {
  return (await instance.query(prepared(instance, {}))).documents;
}

/** SQLite finds nothing wrong, and a query by each index finds what a look at every document does. */
async function expectSoundIndexes(instance: SQLiteItems, said: string): Promise<void> {
  expect(instance.internals.database.pragma('integrity_check', { simple: true }), said).toBe('ok');
  const all = await allOf(instance);
  const selectors: readonly [MangoQuery<StoredItem>['selector'], (document: StoredItem) => boolean][] = [
    [{ name: { $gte: 'name 2', $lt: 'name 4' } }, ({ name }) => name >= 'name 2' && name < 'name 4'],
    [{ age: { $gt: 20.5 } }, ({ age }) => age > 20.5],
    [{ active: { $eq: true }, age: { $lt: 50 } }, ({ active, age }) => active && age < 50],
    [{ 'nested.rank': { $lte: 40 } }, ({ nested }) => nested.rank <= 40],
  ];
  for (const index of itemSchema.indexes ?? []) {
    for (const [selector, matches] of selectors) {
      const query = {
        selector: { _deleted: { $eq: false }, ...selector },
        index: [...index],
      } as MangoQuery<StoredItem>;
      const found = (await instance.query(prepared(instance, query))).documents;
      expect(textOf(found), `${said}: ${index}`).toBe(textOf(alive(all).filter(matches)));
    }
  }
}

/** Page by page, all documents are listed once; after an earlier checkpoint all that were written since. */
async function expectNoGap(
  instance: SQLiteItems,
  { since, written, said }: { readonly since: unknown; readonly written: readonly string[]; readonly said: string },
): Promise<unknown> {
  const whole = await listed(instance, undefined);
  expect(whole.ids.sort(), said).toEqual((await allOf(instance)).map(({ id }) => id).sort());
  const later = await listed(instance, since);
  expect(later.ids.sort(), `${said}: after the checkpoint of the round before`).toEqual([...written].sort());
  return later.checkpoint;
}

async function listed(instance: SQLiteItems, since: unknown): Promise<{ ids: string[]; checkpoint: unknown }> {
  const ids: string[] = [];
  let checkpoint = since as { readonly seq: number } | undefined;
  for (;;) {
    const page = await instance.getChangedDocumentsSince?.(97, checkpoint);
    ids.push(...(page?.documents ?? []).map(({ id }) => id));
    checkpoint = page?.checkpoint;
    if ((page?.documents.length ?? 0) < 97) return { ids, checkpoint };
  }
}
