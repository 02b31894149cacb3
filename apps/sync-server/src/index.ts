export { batch, eventDriven, realTime, type Strategy, scheduled } from '@datastores/core';
export { type Clock, systemClock } from './clock.ts';
export { type AmqpOptions, amqp } from './connectors/amqp/amqp.ts';
export {
  type Change,
  type Connector,
  type Context,
  type Delivery,
  type DigestRequest,
  type ExternalRecord,
  type Inbound,
  type Item,
  type KeyRange,
  type Notice,
  type Outcome,
  type Page,
  type RangeDigest,
  type Stream,
  SystemError,
  type Traits,
  type Write,
} from './connectors/connector.ts';
export { type FilesOptions, files } from './connectors/files/files.ts';
export { type GraphqlOptions, graphql } from './connectors/graphql/graphql.ts';
export {
  type BrokerMessage,
  type MessageNotices,
  type NatsOptions,
  nats,
} from './connectors/nats/nats.ts';
export { type ODataOptions, odata } from './connectors/odata/odata.ts';
export { type OdooOptions, odoo } from './connectors/odoo/odoo.ts';
export { type RestOptions, rest } from './connectors/rest/rest.ts';
export { type SqlMysqlOptions, sqlMysql } from './connectors/sql-mysql/sql-mysql.ts';
export { type SqlPostgresOptions, sqlPostgres } from './connectors/sql-postgres/sql-postgres.ts';
export {
  type SyncServerOptions as SyncServerConnectorOptions,
  syncServer,
} from './connectors/sync-server/sync-server.ts';
export { type TrytonOptions, tryton } from './connectors/tryton/tryton.ts';
export {
  type CloudEventsOptions,
  cloudEvents,
  type HmacSignatureOptions,
  hmacSignature,
  type ShopifyOptions,
  type StandardWebhooksOptions,
  shopify,
  standardWebhooks,
  type WebhookEvent,
  type WebhookScheme,
  type WebhooksOptions,
  webhooks,
} from './connectors/webhooks/webhooks.ts';
export { developmentToken } from './http/development-token.ts';
export { createLog, type Log, type LogDetail, type LogLevel, type LogOptions, silentLog } from './log.ts';
export type { Binding, Ids, SystemFieldRule } from './reconcile/binding.ts';
export type { AccessChange, AccessRules } from './replication/access-rules.ts';
export { defineConfig, type SyncServerConfig, type SystemConfig } from './server/define-config.ts';
export { limitHeapGrowth } from './server/heap.ts';
export { relayOf } from './server/relay.ts';
export { createSyncServer, type ServerStatus, type SyncServer, type SyncServerOptions } from './server/server.ts';
export { createPostgresStore, type PostgresStoreOptions } from './store/postgres/store.ts';
export { createSqliteStore, type SqliteStoreOptions } from './store/sqlite/store.ts';
export type { Store } from './store/store.ts';
