import { openDatastores } from '@datastores/browser';
import { isDatastoreError } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { thingOf } from '../thing.ts';
import { expose } from './expose.ts';

/** The page reads the version of its schema, and where its server is, from its address. */
const query = new URLSearchParams(location.search);
const url = query.get('url');
const token = query.get('token');

const open = () =>
  openDatastores({
    name: 'versioned',
    datastores: [thingOf(Number(query.get('version')))],
    ...(url === null || token === null ? {} : { url, token }),
  });
let opening = open();
opening.catch(() => undefined);

/** What the page offers to tests. */
export type VersionedPage = typeof page;

const page = expose({
  opened: () => opening.then(() => null, codeOf),
  reopen: () => {
    opening = open();
    return opening.then(() => null, codeOf);
  },
  add: async (id: string, name: string) => {
    await (await opening).thing.insert({ id, name });
  },
  addMany: async (count: number) => {
    const documents = Array.from({ length: count }, (_, at) => ({ id: `t${at}`, name: `Thing ${at}` }));
    await (await opening).thing.bulkInsert(documents);
  },
  thing: async (id: string) => (await (await opening).thing.findOne(id).exec())?.toJSON() ?? null,
  count: async () => (await opening).thing.count().exec(),
  unpushed: async () => firstValueFrom((await opening).unpushed$),
  status: async () => {
    const { state, datastores } = await firstValueFrom((await opening).status$);
    return { state, error: datastores['thing']?.error?.code ?? null };
  },
  ended: async () => (await firstValueFrom((await opening).ended$))?.code ?? null,
});

function codeOf(error: unknown): string {
  return isDatastoreError(error) ? error.code : String(error);
}
