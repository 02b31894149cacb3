import { openDatastores } from '@datastores/browser';
import { encryptDatastores } from '@datastores/browser/encryption';
import { customers } from '@datastores/core';
import { rawDatabases } from '../encryption/raw-databases.ts';
import { expose } from './expose.ts';

const encryption = encryptDatastores({ key: 'correct horse battery staple', datastores: { customer: 'document' } });
const stores = await openDatastores({ name: 'vault', datastores: [customers], encryption });
const seen: string[] = [];
stores.customer.findOne('c1').$.subscribe((document) => seen.push(document?.notes ?? ''));

/** What the page offers to tests. */
export type VaultPage = typeof page;

const page = expose({
  put: async (notes: string) => {
    await stores.customer.upsert({ id: 'c1', name: 'Ana', notes, status: 'active' });
  },
  seen: () => seen,
  found: async (text: string) => {
    const { hits } = await stores.search('customer', text).exec();
    return hits.map(({ document }) => document.primary);
  },
  raw: () => rawDatabases(),
});
