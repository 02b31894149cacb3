import { openDatastores } from '@datastores/browser';
import { customers } from '@datastores/core';
import { expose } from './expose.ts';

const stores = openDatastores({ name: 'customers', datastores: [customers] });

/** What the page offers to tests. */
export type CustomersPage = typeof page;

const page = expose({
  add: async (id: string, name: string) => {
    await (await stores).customer.insert({ id, name, status: 'active' });
  },
  names: async () => (await (await stores).customer.find().exec()).map(({ name }) => name),
  logError: (text: string) => console.error(text),
});
