import { afterAll, beforeAll } from 'vitest';
import { storeSuite } from '../../suites/store.suite.ts';
import { type StoreServer, startStoreServer } from './postgres-place.ts';

let server: StoreServer;
beforeAll(async () => {
  server = await startStoreServer();
});
afterAll(() => server[Symbol.asyncDispose]());

storeSuite('the store on PostgreSQL', { createPlace: () => server.createPlace() });
