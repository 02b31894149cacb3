import { expect, test } from 'vitest';

/** What each entry point exports at run time. A name that is not here is not public; one that leaves breaks somebody. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  '@datastores/core':
    'DatastoreError ERROR_CODES MAX_DATASTORES backoffDelay batch createTrpcTransport customers defineDatastore eventDriven inventory isDatastoreError isLoopback lookAtReplica mergeListBy openReplicated orders productCatalog realTime scheduled',
  '@datastores/core/schema':
    'MAX_DATASTORES MAX_DEPTH MAX_ID_LENGTH RECEIPT_STATES VERSIONS_SERVED assertDatastoreSet assertPlainJson assertServedVersion assertValid canonicalJson customers defineDatastore diffDocument documentInvalid downgradeDocument inventory issuesOf mergeChange mergeListBy orders plainJsonIssues prepareValidation productCatalog sameJson systemStates upgradeDocument writeReceipts',
  '@datastores/core/protocol':
    'CONNECTED_FRAME DIGEST_LENGTH ID_DIGEST_LENGTH MAX_BODY_BYTES MAX_CHANGED MAX_CHANGED_FIELDS MAX_DIGEST_DOCUMENTS MAX_DIGEST_RANGES MAX_DOCUMENT_BYTES MAX_LISTED MAX_PAGE_BYTES MAX_PAGE_ROWS MAX_PUSH_BYTES MAX_PUSH_ROWS MAX_SCOPES OLDEST_PROTOCOL_VERSION PING_FRAME PROTOCOL_VERSION RETURN_FRAME SERVER_OWNED STREAM_MAX_MS STREAM_PING_MS STREAM_SILENCE_MS SYSTEMS_SCOPE addDigests answerCall asTRPCError changesRequestSchema checkpointSchema createDigestTable digestRequestSchema digestResponseSchema documentDigest errorFrame formatPulledRows formatVersion fromWireError idDigest infoSchema isReservedScope isScopeFor isServerOwned messageIn parsePulledRows parsePushRows parseVersion pokeFrame pokeSchema positionSchema pullPageSchema pullRequestSchema pullResponseSchema pulledRowFormat pushOutcomeSchema pushRequestSchema pushResponseSchema pushRowSchema readDigests readRequest receiptId receiptsScope replicationRouter resetReasonSchema resetSchema scopeSchema stepSchema toWireError transformer wireErrorSchema writeDigests',
  '@datastores/core/replica': 'JOURNAL isLocalEdit markCopied readEntries salvageEdits writeSalvaged',
  '@datastores/core/search': 'TERMS_VERSION highlightsOf indexText matchesDocument parseQuery',
  '@datastores/browser': 'getRxStorageBlocks openDatastores',
  '@datastores/browser/devtools': 'openDevTools',
  '@datastores/browser/element': 'defineStatusElement statusText',
  '@datastores/browser/encryption': 'changeEncryptionKey encryptDatastores',
  '@datastores/browser/react': 'useDocument useLive useReceipt useSearch useSync',
  '@datastores/node': 'getRxStorageSQLite inspectReplica openDatastores',
  '@datastores/sync-server':
    'SystemError amqp batch cloudEvents createLog createPostgresStore createSqliteStore createSyncServer defineConfig developmentToken eventDriven files graphql hmacSignature limitHeapGrowth nats odata odoo realTime rest scheduled shopify silentLog sqlMysql sqlPostgres standardWebhooks systemClock tryton webhooks',
  '@datastores/sync-server/connector': 'SystemError',
  '@datastores/sync-server/conformance': 'checkConnector createContext runChecks',
  '@datastores/sync-server/sql-postgres': 'sqlPostgres',
  '@datastores/sync-server/sql-mysql': 'sqlMysql',
  '@datastores/sync-server/amqp': 'amqp',
  '@datastores/sync-server/nats': 'nats',
  '@datastores/sync-server/graphql': 'graphql',
  '@datastores/sync-server/odata': 'odata',
  '@datastores/sync-server/rest': 'rest',
  '@datastores/sync-server/tryton': 'tryton',
  '@datastores/sync-server/odoo': 'odoo',
  '@datastores/sync-server/webhooks': 'cloudEvents hmacSignature shopify standardWebhooks webhooks',
  '@datastores/sync-server/files': 'files',
};

test.each(Object.entries(ENTRY_POINTS))('%s exports what it promises and nothing else', async (entryPoint, names) => {
  const exported = Object.keys(await import(entryPoint));

  expect(exported.sort()).toEqual(names.split(' ').sort());
});
