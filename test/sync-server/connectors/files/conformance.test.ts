import type { Traits } from '@datastores/sync-server/connector';
import { connectorSuite } from '../../../suites/connector.suite.ts';
import { openFolderPlace, openSftpPlace } from './files-place.ts';
import { csvLines, jsonLines } from './other-program.ts';

const TRAITS: Traits = {
  order: 'commit',
  deletes: 'feed',
  creates: 'idempotent',
  guarded: false,
  adds: true,
  batch: { max: 500, fails: 'each' },
};

connectorSuite('files in JSON lines', {
  traits: TRAITS,
  transactions: false,
  ownCursors: true,
  open: (pageSize) => openFolderPlace(jsonLines, pageSize),
});

connectorSuite('files in CSV', {
  traits: TRAITS,
  transactions: false,
  ownCursors: true,
  open: (pageSize) => openFolderPlace(csvLines, pageSize),
});

connectorSuite('files over SFTP', {
  traits: TRAITS,
  transactions: false,
  ownCursors: true,
  open: (pageSize) => openSftpPlace(jsonLines, pageSize),
});
