import { searchSuite } from '../../suites/search.suite.ts';
import { sqliteReplica } from './place.ts';

searchSuite('Search on SQLite', sqliteReplica);
