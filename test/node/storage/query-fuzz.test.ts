import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { queryFuzzSuite } from '../../suites/query-fuzz.suite.ts';

queryFuzzSuite('SQLite storage', {
  storage: getRxStorageSQLite({ filename: ':memory:' }) as RxStorage<unknown, unknown>,
  pairs: 10_000,
});
