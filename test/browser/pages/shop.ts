import { openDatastores } from '@datastores/browser';
import { customers, isDatastoreError, orders } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expose } from './expose.ts';

/** The page reads where its server is, and who it is, from its address. */
const query = new URLSearchParams(location.search);
const url = query.get('url');
const token = query.get('token');

const opening = openDatastores({
  name: query.get('name') ?? 'shop',
  datastores: [customers, orders],
  ...(url === null || token === null ? {} : { url, token }),
});
opening.catch(() => undefined);
let longest = 0;

/** What the page offers to tests. */
export type ShopPage = typeof page;

const page = expose({
  opened: () => opening.then(() => null, told),
  add: async (id: string, name: string) => {
    await (await opening).customer.insert({ id, name, status: 'active' });
  },
  addMany: async (prefix: string, count: number) => {
    const documents = Array.from({ length: count }, (_, at) => ({
      id: `${prefix}${at}`,
      name: `Customer ${at}`,
      status: 'active' as const,
    }));
    await (await opening).customer.bulkInsert(documents);
  },
  patch: async (id: string, change: Record<string, string>) => {
    await (await opening).customer.findOne(id).incrementalPatch(change);
  },
  remove: async (id: string) => {
    await (await (await opening).customer.findOne(id).exec(true)).remove();
  },
  customer: async (id: string) => (await (await opening).customer.findOne(id).exec())?.toJSON() ?? null,
  count: async () => (await opening).customer.count().exec(),
  confirm: async (id: string, timeoutMs = 10_000) => (await opening).confirm(id, { timeoutMs }),
  unpushed: async () => firstValueFrom((await opening).unpushed$),
  rejected: async () => (await firstValueFrom((await opening).rejected$)).map(({ id, code }) => ({ id, code })),
  receipt: async (id: string) => (await (await opening).receipts.of('customer', id))?.state ?? null,
  status: async () => {
    const { state, pulled, remaining, datastores } = await firstValueFrom((await opening).status$);
    return { state, pulled, remaining, error: datastores['customer']?.error?.code ?? null };
  },
  progress: async () => (await firstValueFrom((await opening).status$)).progress,
  watchFrames: () => watchFrames(),
  /** Longest time between two frames since they are watched, milliseconds. */
  longestFrame: () => longest,
  systems: async () => firstValueFrom((await opening).systems$),
  age: async () => (await opening).freshness('customer').ageMs,
  check: async () => (await (await opening).check()).map(({ datastore, outcome }) => ({ datastore, outcome })),
  syncNow: async () => (await opening).syncNow(),
  replicates: async () => firstValueFrom((await opening).replicates$),
  room: async () => firstValueFrom((await opening).storage$),
  ended: async () => (await firstValueFrom((await opening).ended$))?.code ?? null,
  lost: async () => (await opening).lostReplica(),
  dismissLost: async () => (await opening).dismissLostReplica(),
  losses: async () => firstValueFrom((await opening).lostReplica$),
  replicaId: async () => (await opening).replicaId,
  databases: async () => (await indexedDB.databases()).map(({ name }) => name ?? ''),
  /** Everything that is in the databases of a datastore, as one text. */
  stored: async (datastore: string) => {
    const names = (await indexedDB.databases()).flatMap(({ name = '' }) =>
      name.endsWith(`--${datastore}`) ? [name] : [],
    );
    const texts = await Promise.all(names.map(textOf));
    return texts.join('\n');
  },
  signOut: async (options: { drainMs?: number; discardUnpushed?: boolean } = {}) =>
    opening.then((stores) => stores.signOut(options)).then(() => null, told),
  close: async () => (await opening).close(),
  /** Keeps the page from doing anything else. */
  hang: (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
});

function told(error: unknown): string {
  return isDatastoreError(error) ? error.code : String(error);
}

function watchFrames(): void {
  let last = performance.now();
  const frame = (now: number) => {
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function textOf(name: string): Promise<string> {
  const database = await result(indexedDB.open(name));
  const stores = [...database.objectStoreNames];
  const transaction = database.transaction(stores);
  const rows = await Promise.all(stores.map((store) => result(transaction.objectStore(store).getAll())));
  database.close();
  return JSON.stringify(rows);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}
