import { DatastoreError } from '@datastores/core';

/** Where a store is in PostgreSQL. */
export interface StoreAddress {
  /** Connection string without what is meant for the store itself. */
  readonly connectionString: string;
  readonly schema: string;
  /** The address without user and password, for people. */
  readonly shown: string;
}

/** The schema of a database that a store is kept in where nothing else is said. */
const SCHEMA = 'datastores';

/**
 * Reads `postgres://user@host/database?schema=name`. Throws CONFIG_INVALID.
 */
export function storeAddress(text: string): StoreAddress {
  if (!URL.canParse(text) || !/^postgres(?:ql)?:$/.test(new URL(text).protocol)) {
    throw new DatastoreError('CONFIG_INVALID', 'The address of the store is no postgres:// URL.', {
      remedy: 'Write it as postgres://user@host/database, with ?schema=name if a database holds several stores.',
    });
  }
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
    throw new DatastoreError('CONFIG_INVALID', `The schema "${schema}" of the store has no usable name.`, {
      remedy: 'Take at most 40 of a-z, 0-9 and _, beginning with a letter.',
    });
  }
  url.searchParams.delete('schema');
  const shown = `${url.protocol}//${url.host}${url.pathname} (schema ${schema})`;
  return { connectionString: url.toString(), schema, shown };
}
