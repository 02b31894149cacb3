import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers, inventory, scheduled } from '@datastores/core';
import { canonicalJson } from '@datastores/core/schema';
import { openDatastores } from '@datastores/node';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import Database from 'better-sqlite3';
import { firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { copyAsKilled, copyFolder, passForOriginal } from './damaged-folder.ts';
import { temporaryFolder } from './folder.ts';
import { settled, writeThere } from './sync.ts';
import { TEST_SECRET, testToken } from './token.ts';

const DATASTORES = [customers, inventory] as const;
const NEVER = scheduled('0 0 1 1 *');
const NOTES = 'what was agreed with the customer '.repeat(20);

/** What the server had of each customer and each stock level before anybody edited them. */
export const original = {
  customer: (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const, notes: NOTES }),
  stock: (id: string) => ({ id, productId: `p-${id}`, location: 'here', onHand: 1_000 }),
};

/** How many of each kind of edit wait in the replica. Edit number n sells n pieces, so that each shows apart. */
export const EDITS = { sold: 40, patched: 40, inserted: 20, deleted: 10 } as const;

/** How many documents of each datastore the server has that the replica has not edited. */
const CLEAN = 150;

const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);

/** The ids of everything that was edited, by kind. */
export const EDITED = {
  sold: numbered(EDITS.sold, 'sold-'),
  patched: numbered(EDITS.patched, 'patched-'),
  inserted: numbered(EDITS.inserted, 'inserted-'),
  deleted: numbered(EDITS.deleted, 'deleted-'),
} as const;

/**
 * A replica with unpushed edits as a killed process leaves it, and its server, to be copied for each test. The server
 * exists twice: without the edits, and with all of them, the answers to which the replica has never heard.
 */
export async function prepareDamagePlace() {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  {
    await using server = await serve(at('server'));
    const clean = numbered(CLEAN, 'clean-');
    const known = [...clean, ...EDITED.patched, ...EDITED.deleted];
    await writeThere(server.store, customers, known.map(original.customer));
    await writeThere(server.store, inventory, [...EDITED.sold, ...clean].map(original.stock));
    await using replica = await open(at('replica'), server.url);
    await exchange(replica.stores);
    await edit(replica.stores);
    copyAsKilled(at('replica'), at('killed'));
    await server[Symbol.asyncDispose]();
    copyFolder(at('server'), at('server-before'));
    await using again = await serve(at('server'), server.port);
    await exchange(replica.stores);
    await again[Symbol.asyncDispose]();
    copyFolder(at('server'), at('server-after'));
  }
  let copies = 0;
  return {
    /** A fresh copy of replica and server. */
    async copy(options: { readonly pushed: boolean } = { pushed: false }) {
      copies += 1;
      const [data, central] = [at(`killed-${copies}`), at(`server-${copies}`)];
      copyFolder(at('killed'), data);
      passForOriginal(data);
      copyFolder(at(options.pushed ? 'server-after' : 'server-before'), central);
      const server = await serve(central);
      return {
        folder: data,
        database: join(data, 'replica.db'),
        store: server.store,
        open: () => open(data, server.url),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}

/** A copy that {@link prepareDamagePlace} made. */
export type DamagePlace = Awaited<ReturnType<Awaited<ReturnType<typeof prepareDamagePlace>>['copy']>>;

/** An open replica of it. */
export type Stores = Awaited<ReturnType<DamagePlace['open']>>['stores'];

async function serve(dataFolder: string, port = 0) {
  const config = { dataFolder, server: { port }, auth: { secret: TEST_SECRET }, datastores: DATASTORES };
  const server = await createSyncServer(config, { log: silentLog });
  const { url, port: listening } = await server.listen();
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.close();
    return closing;
  };
  return { url: `${url}/trpc`, port: listening, store: server.store, [Symbol.asyncDispose]: close };
}

async function open(folder: string, url: string) {
  const stores = await openDatastores({
    folder,
    datastores: DATASTORES,
    url,
    token: await testToken('tester'),
    strategies: { customer: NEVER, inventory: NEVER },
    durability: 'normal',
    drainMs: false,
  });
  return { stores, [Symbol.asyncDispose]: () => stores.close() };
}

/** Exchanges everything. */
export async function exchange(stores: Stores): Promise<void> {
  await stores.syncNow();
  await settled(stores);
}

async function edit({ customer, inventory: stock }: Stores): Promise<void> {
  for (const [at, id] of EDITED.sold.entries()) {
    await stock.findOne(id).incrementalModify((state) => ({ ...state, onHand: state.onHand - (at + 1) }));
  }
  for (const id of EDITED.patched) await customer.findOne(id).incrementalPatch({ phone: `phone of ${id}` });
  for (const id of EDITED.inserted) await customer.insert(original.customer(id));
  for (const id of EDITED.deleted) await (await customer.findOne(id).exec(true)).remove();
}

/** Which edits took effect on the server, and which not. Throws if one took effect twice or in part. */
export async function effectOf({
  store,
}: DamagePlace): Promise<{ readonly arrived: Set<string>; readonly missing: Set<string> }> {
  const [arrived, missing] = [new Set<string>(), new Set<string>()];
  const there = async (datastore: string, id: string) => {
    const stored = await store.document('main', { datastore, id });
    return stored === null || stored.deleted ? null : JSON.parse(stored.body);
  };
  const sort = (id: string, state: unknown, states: { readonly done: unknown; readonly undone: unknown }) => {
    const [text, done, undone] = [state, states.done, states.undone].map((value) => canonicalJson(value as never));
    if (text !== done && text !== undone) throw new Error(`${id} is ${text}, not ${done} or ${undone}`);
    (text === done ? arrived : missing).add(id);
  };
  for (const [at, id] of EDITED.sold.entries()) {
    const { onHand } = await there('inventory', id);
    sort(id, onHand, { done: 1_000 - (at + 1), undone: 1_000 });
  }
  for (const id of EDITED.patched) {
    const before = original.customer(id);
    const { phone = null, ...rest } = (await there('customer', id)) ?? {};
    sort(id, { ...rest, phone }, { done: { ...before, phone: `phone of ${id}` }, undone: { ...before, phone: null } });
  }
  for (const id of EDITED.inserted) {
    sort(id, await there('customer', id), { done: original.customer(id), undone: null });
  }
  for (const id of EDITED.deleted) {
    sort(id, await there('customer', id), { done: null, undone: original.customer(id) });
  }
  return { arrived, missing };
}

/** What the application was told of edits that did not get through. */
export async function toldOf(stores: Stores) {
  const reports = stores.damageReports();
  const rejected = await firstValueFrom(stores.rejected$);
  return {
    reports,
    ids: new Set([...reports.flatMap(({ lost }) => lost.map(({ id }) => id)), ...rejected.map(({ id }) => id)]),
    mayLackMore: reports.some((report) => report.mayLackMore),
  };
}

/** Moves everything from the log into the file itself, as SQLite does it now and then while a database is open. */
export function checkpointed({ database }: DamagePlace): void {
  const connection = new Database(database);
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
  writeFileSync(`${database}-wal`, '');
}

/** Compares all documents of the replica with those of the server. */
export async function expectAgreement({ store }: DamagePlace, { customer, inventory: stock }: Stores): Promise<void> {
  const ids = [...numbered(CLEAN, 'clean-'), ...Object.values(EDITED).flat()];
  for (const [datastore, collection] of [
    ['customer', customer],
    ['inventory', stock],
  ] as const) {
    const here = new Map((await collection.find().exec()).map((document) => [document.id, document.toJSON()]));
    for (const id of ids) {
      const stored = await store.document('main', { datastore, id });
      const there = stored === null || stored.deleted ? undefined : JSON.parse(stored.body);
      expect(here.get(id), `${datastore} ${id}`).toEqual(there);
    }
  }
}

/** Opens, exchanges everything, and compares what became of the edits with what the application was told. */
export async function openAndExchange(place: DamagePlace) {
  await using replica = await place.open();
  const { stores } = replica;
  await exchange(stores);
  const [effect, told] = [await effectOf(place), await toldOf(stores)];
  const untold = [...effect.missing].filter((id) => !told.ids.has(id));
  if (!told.mayLackMore) expect(untold, 'missing without a word').toEqual([]);
  if (effect.missing.size > 0) expect(told.reports).not.toEqual([]);
  await expectAgreement(place, stores);
  return { ...effect, ...told };
}
