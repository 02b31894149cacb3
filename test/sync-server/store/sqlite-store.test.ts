import { storeSuite } from '../../suites/store.suite.ts';
import { createSqlitePlace } from './sqlite-place.ts';

storeSuite('the store on SQLite', { createPlace: createSqlitePlace });
