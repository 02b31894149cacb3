import { join } from 'node:path';
import { isReservedScope } from '@datastores/core/protocol';
import { issuesOf, systemStates, writeReceipts } from '@datastores/core/schema';
import Database from 'better-sqlite3';
import type { Written } from '../honest/replica-process.ts';
import { ARCHIVE_SCOPE, CANARY, HONEST_SCOPE, HOSTILE_SCOPES, SEEDED, VAULT_SCOPE } from '../server/place.ts';
import { SERVED } from '../server/served.ts';

/** What the store of a server has that it must not have, or lacks, in words. */
export interface StoredFaults {
  /** Documents that are not valid, or lie where no valid token may write. */
  readonly invalid: readonly string[];
  /** Writes of the honest replica, and documents of the vault, that are not there as they were written. */
  readonly lost: readonly string[];
  readonly documents: number;
}

interface Row {
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
  readonly body: string;
  readonly schemaVersion: number;
}

/** Looks at every document in the store of a server that has been closed. */
export function storedFaults(folder: string, written: readonly Written[]): StoredFaults {
  using database = opened(folder);
  const rows = database.all<Row>(
    'select scope, datastore, id, body, schema_version as schemaVersion from document where deleted = 0',
  );
  const invalid = rows.flatMap((row) => faultOf(row) ?? []);
  const there = new Map(rows.map((row) => [`${row.scope} ${row.datastore} ${row.id}`, row.body]));
  const lostWrites = written.filter(({ id, value }) => {
    const body = there.get(`${HONEST_SCOPE} product ${id}`);
    return body === undefined || (JSON.parse(body) as { reorderLevel?: unknown }).reorderLevel !== value;
  });
  const vault = Array.from({ length: SEEDED }, (_, number) => `${VAULT_SCOPE} product ${VAULT_SCOPE}-${number}`);
  const lostVault = vault.filter((key, number) => !there.get(key)?.includes(`${CANARY} of ${number}"`));
  return { invalid, lost: [...lostWrites.map(({ id }) => id), ...lostVault], documents: rows.length };
}

const CLOSED_SCOPES: readonly string[] = [HONEST_SCOPE, VAULT_SCOPE, ARCHIVE_SCOPE];

/** Why a stored document must not be there, or null. */
export function faultOf({ scope, datastore: name, id, body, schemaVersion }: Row): string | null {
  if (isOwned({ scope, datastore: name, body })) return null;
  const place = `${scope} ${name} ${JSON.stringify(id).slice(0, 60)}`;
  const datastore = SERVED.find((one) => one.name === name);
  if (datastore === undefined) return `${place}: there is no such datastore`;
  if (schemaVersion !== datastore.version) return `${place}: is of version ${schemaVersion}`;
  if (!CLOSED_SCOPES.includes(scope)) {
    if (!HOSTILE_SCOPES.includes(scope)) return `${place}: nobody may write there`;
    if (body.includes(CANARY)) return `${place}: is of another scope`;
  }
  const document = JSON.parse(body) as { readonly id?: unknown };
  if (document.id !== id) return `${place}: has another id in it`;
  const [issue] = issuesOf(datastore, document);
  return issue === undefined ? null : `${place}: ${issue.path} ${issue.message.slice(0, 100)}`;
}

/** What the server itself keeps for replicas, where nobody may write. */
function isOwned({ scope, datastore: name, body }: Pick<Row, 'scope' | 'datastore' | 'body'>): boolean {
  const owned = [systemStates, writeReceipts].find((one) => one.name === name);
  return owned !== undefined && isReservedScope(scope) && issuesOf(owned, JSON.parse(body)).length === 0;
}

function opened(folder: string): { all<T>(sql: string): readonly T[]; [Symbol.dispose](): void } {
  const database = new Database(join(folder, 'store.sqlite'), { readonly: true });
  return {
    all: <T>(sql: string) => database.prepare<[], T>(sql).all(),
    [Symbol.dispose]: () => void database.close(),
  };
}
