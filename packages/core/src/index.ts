export { type BackoffOptions, backoffDelay } from './backoff.ts';
export { ERROR_CODES, type ErrorCode } from './error-codes.ts';
export type { DatastoreErrorCode } from './error-remedies.ts';
export { DatastoreError, type DatastoreErrorOptions, isDatastoreError } from './errors.ts';
export type { DirectAccess, MaybeDirect, PurgeRow, StoredRow, TextRow, Transactions } from './replica/direct-access.ts';
export type { EditEntry, PullProgress, QuarantinedDocument, RejectedChange } from './replica/journal-entry.ts';
export type { Ages } from './replication/ages.ts';
export type { CheckFinding, CheckReport } from './replication/check-report.ts';
export type { AnsweredChange, Confirmation } from './replication/confirm.ts';
export type { ConfirmOptions } from './replication/confirm-write.ts';
export type { AgedQuery, FreshResult, MaxAge } from './replication/fresh.ts';
export type { Freshness, SourceFreshness } from './replication/freshness.ts';
export { type HttpClient, type HttpRequest, type HttpResponse, isLoopback } from './replication/http-client.ts';
export { type LookedAt, type LookedAtResult, lookAtReplica } from './replication/look-at-replica.ts';
export {
  type Datastores,
  type DatastoresControl,
  type OpenOptions,
  openReplicated,
  type SelfCheckSchedule,
} from './replication/open.ts';
export type { OverallStatus } from './replication/overall-status.ts';
export type { Receipt, ReceiptState, SystemReceipt } from './replication/receipt.ts';
export type { Receipts } from './replication/receipts.ts';
export type { Search } from './replication/search.ts';
export type { SharedLine, SharedMessage, SharedReplica } from './replication/shared-line.ts';
export type { Status, StatusName } from './replication/status.ts';
export type { KnownStream, KnownSystem } from './replication/systems.ts';
export type { ChangesListener, Transport } from './replication/transport.ts';
export { createTrpcTransport, type TokenSource, type TrpcTransportOptions } from './replication/trpc-transport.ts';
export { type Customer, customers } from './schema/customer.ts';
export { type Datastore, type DocumentOf, defineDatastore } from './schema/datastore.ts';
export { MAX_DATASTORES } from './schema/datastore-set.ts';
export type { Document } from './schema/document.ts';
export type { ConflictPolicy, FieldRule } from './schema/field-rule.ts';
export { inventory, type StockLevel } from './schema/inventory.ts';
export { mergeListBy } from './schema/merge-list.ts';
export { type Order, orders } from './schema/order.ts';
export { type Product, productCatalog } from './schema/product.ts';
export type { Highlight, HighlightPiece } from './search/highlight.ts';
export type { SearchOptions } from './search/options.ts';
export type { SearchHit, SearchResult } from './search/result.ts';
export type { SearchQuery } from './search/search-query.ts';
export { batch, eventDriven, realTime, type Strategy, scheduled } from './strategy.ts';
