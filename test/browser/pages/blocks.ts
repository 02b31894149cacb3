import { getRxStorageBlocks } from '@datastores/browser';
import { insert, item, itemSchema, next, type StoredItem, write } from '../../suites/storage/item.ts';
import { type BlocksItems, everythingIn } from '../storage/everything.ts';
import { expose } from './expose.ts';

/** Documents that are changed again and again by {@link page.begin}. */
const CHANGED = 80;

const opened: Promise<BlocksItems> = getRxStorageBlocks({ cacheMegabytes: 1 }).createStorageInstance({
  databaseInstanceToken: crypto.randomUUID(),
  databaseName: 'blocks',
  collectionName: 'items',
  schema: itemSchema,
  options: {},
  multiInstance: true,
  devMode: false,
});

/** By id, the revision that was confirmed last. */
const confirmed: Record<string, string> = {};

/** What the page offers to tests. */
export type BlocksPage = typeof page;

const page = expose({
  /** Goes on writing in every way there is until the page ends. */
  async begin(prefix: string): Promise<void> {
    const items = await opened;
    let changed = Array.from({ length: CHANGED }, (_, at) => item(`${prefix}-changed-${at}`));
    await insert(items, changed);
    void (async () => {
      for (let round = 0; ; round += 1) {
        const many = Array.from({ length: 300 }, (_, at) => item(`${prefix}-${round}-${at}`));
        await insert(items, many);
        confirm(many);
        const one = item(`${prefix}-${round}-single`);
        await insert(items, [one]);
        confirm([one]);
        const rows = changed.map((previous) => ({ previous, document: next(previous, { age: round }) }));
        await write(items, rows);
        changed = rows.map(({ document }) => document);
        confirm(changed);
        if (round % 3 === 2) await items.internals.pack();
      }
    })();
  },

  confirmed: () => confirmed,

  /** All documents by id, with their revisions, told in several ways that agree. */
  async everything(): Promise<Record<string, string>> {
    const found = await everythingIn(await opened);
    return Object.fromEntries([...found].map(([id, { _rev }]) => [id, _rev]));
  },

  add: async (ids: readonly string[]) =>
    insert(
      await opened,
      ids.map((id) => item(id, { age: 0 })),
    ),

  /** Adds one to the age of each of these documents so many times, whoever else does. */
  async raise(ids: readonly string[], times: number): Promise<void> {
    const items = await opened;
    for (let left = times * ids.length; left > 0; ) {
      const [previous] = (await items.findDocumentsById([ids[left % ids.length] as string], false)) as [StoredItem];
      const document = next(previous, { age: previous.age + 1 });
      const { error } = await items.bulkWrite([{ previous, document }], 'raise');
      if (error.length === 0) left -= 1;
    }
  },

  ages: async (ids: readonly string[]) =>
    (await (await opened).findDocumentsById([...ids], false)).map(({ age }) => age),
});

function confirm(documents: readonly StoredItem[]): void {
  for (const { id, _rev } of documents) confirmed[id] = _rev;
}
