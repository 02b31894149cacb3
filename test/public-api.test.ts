import { expect, test } from 'vitest';

/** What each entry point exports at run time. A name that is not here is not public; one that leaves breaks somebody. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  '@datastores/core':
    'DatastoreError ERROR_CODES MAX_DATASTORES backoffDelay batch createTrpcTransport customers defineDatastore eventDriven inventory isDatastoreError isLoopback mergeListBy openReplicated orders productCatalog realTime scheduled',
  '@datastores/core/schema':
    'MAX_DATASTORES MAX_DEPTH MAX_ID_LENGTH VERSIONS_SERVED assertDatastoreSet assertPlainJson assertServedVersion assertValid canonicalJson customers defineDatastore diffDocument documentInvalid downgradeDocument inventory issuesOf mergeChange mergeListBy orders plainJsonIssues prepareValidation productCatalog sameJson upgradeDocument',
  '@datastores/core/protocol':
    'CONNECTED_FRAME MAX_BODY_BYTES MAX_CHANGED_FIELDS MAX_DOCUMENT_BYTES MAX_PAGE_BYTES MAX_PAGE_ROWS MAX_PUSH_BYTES MAX_PUSH_ROWS MAX_SCOPES OLDEST_PROTOCOL_VERSION PING_FRAME PROTOCOL_VERSION RETURN_FRAME STREAM_MAX_MS STREAM_PING_MS STREAM_SILENCE_MS answerCall asTRPCError changesRequestSchema checkpointSchema errorFrame formatPulledRows formatVersion fromWireError infoSchema messageIn parsePulledRows parsePushRows parseVersion pokeFrame pokeSchema positionSchema pullPageSchema pullRequestSchema pullResponseSchema pulledRowFormat pushOutcomeSchema pushRequestSchema pushResponseSchema pushRowSchema readRequest replicationRouter resetReasonSchema resetSchema scopeSchema stepSchema toWireError transformer wireErrorSchema',
  '@datastores/core/replica': 'JOURNAL isLocalEdit markCopied readEntries salvageEdits writeSalvaged',
  '@datastores/core/search': 'TERMS_VERSION highlightsOf indexText matchesDocument parseQuery',
  '@datastores/browser': 'openDatastores',
  '@datastores/node': 'getRxStorageSQLite openDatastores',
  '@datastores/sync-server':
    'SystemError batch createLog createSqliteStore createSyncServer defineConfig developmentToken eventDriven files realTime rest scheduled silentLog sqlPostgres systemClock',
  '@datastores/sync-server/connector': 'SystemError',
  '@datastores/sync-server/sql-postgres': 'sqlPostgres',
  '@datastores/sync-server/rest': 'rest',
  '@datastores/sync-server/files': 'files',
};

test.each(Object.entries(ENTRY_POINTS))('%s exports what it promises and nothing else', async (entryPoint, names) => {
  const exported = Object.keys(await import(entryPoint));

  expect(exported.sort()).toEqual(names.split(' ').sort());
});
