import { connectorSuite } from '../../../suites/connector.suite.ts';
import { openSyncServerPlace } from './sync-server-place.ts';

connectorSuite('sync-server', {
  traits: {
    order: 'commit',
    deletes: 'feed',
    creates: 'idempotent',
    guarded: true,
    adds: false,
    batch: { max: 100, fails: 'each' },
  },
  transactions: false,
  losesAnswers: true,
  open: openSyncServerPlace,
});
