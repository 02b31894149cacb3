export { canonicalJson, sameJson } from './canonical.ts';
export { MAX_ID_LENGTH } from './complete.ts';
export { type Customer, customers } from './customer.ts';
export {
  type Datastore,
  type DatastoreDeclaration,
  type DocumentOf,
  defineDatastore,
  type VersionStep,
} from './datastore.ts';
export { assertDatastoreSet, MAX_DATASTORES } from './datastore-set.ts';
export type { Document, JsonDocument, JsonObject, JsonValue } from './document.ts';
export type { ConflictPolicy, FieldConflict, FieldMerge, FieldRule } from './field-rule.ts';
export { inventory, type StockLevel } from './inventory.ts';
export type { DocumentSchema, FromSchema, JsonSchema } from './json-schema.ts';
export { type Decision, type DocumentChange, diffDocument, mergeChange } from './merge.ts';
export { mergeListBy } from './merge-list.ts';
export { type Order, orders } from './order.ts';
export { assertPlainJson, type Issue, MAX_DEPTH, plainJsonIssues } from './plain-json.ts';
export { type Product, productCatalog } from './product.ts';
export { type SystemStateDocument, systemStates } from './system-states.ts';
export { assertValid, documentInvalid, issuesOf, prepareValidation } from './validate.ts';
export { assertServedVersion, downgradeDocument, upgradeDocument, VERSIONS_SERVED } from './versions.ts';
export { RECEIPT_STATES, type WriteReceipt, writeReceipts } from './write-receipts.ts';
