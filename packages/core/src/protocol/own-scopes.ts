import { systemStates } from '../schema/system-states.ts';
import { writeReceipts } from '../schema/write-receipts.ts';
import { idDigest } from './document-digest.ts';

/** The datastores that the server itself writes, and every replica may read. */
export const SERVER_OWNED = [writeReceipts, systemStates] as const;

/** The scope of what is known of external systems. Every caller may read it. */
export const SYSTEMS_SCOPE = '@systems';

const OF_REPLICAS = '@replica/';

/** The scope of the receipts of one replica. Nobody else may read it. */
export function receiptsScope(replica: string): string {
  return `${OF_REPLICAS}${replica}`;
}

/** True for the scopes of the server's own datastores, which no token can name. */
export function isReservedScope(scope: string): boolean {
  return scope.startsWith('@');
}

/** True for a datastore that only the server writes. */
export function isServerOwned(datastore: string): boolean {
  return SERVER_OWNED.some(({ name }) => name === datastore);
}

/** Whether documents of a datastore can lie in a scope: server-owned ones have scopes of their own. */
export function isScopeFor(datastore: string, scope: string): boolean {
  if (datastore === writeReceipts.name) return scope.startsWith(OF_REPLICAS);
  return datastore === systemStates.name ? scope === SYSTEMS_SCOPE : !isReservedScope(scope);
}

/** Longest part of an id that a receipt is named after; of longer ids digests take the place of the rest. */
const MAX_PLAIN = 95;
const KEPT = 64;

/** The id of the receipt for a document. */
export function receiptId(datastore: string, id: string): string {
  if (id.length <= MAX_PLAIN) return `${datastore}/${id}`;
  const digests = ['1', '2'].map((salt) => idDigest(`${salt}${id}`).toString(36));
  // Half of a surrogate pair would not survive as UTF-8.
  return `${datastore}/${id.slice(0, KEPT).replace(/[\ud800-\udbff]$/, '')}~${digests.join('')}`;
}
