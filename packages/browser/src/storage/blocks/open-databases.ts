import { type Connection, connect } from './connection.ts';
import type { IndexedDb } from './database.ts';
import { createPacking, type Packing } from './packing.ts';
import { createWrites, type Writes } from './write.ts';

/** A database that is open in this page. */
export interface OpenDatabase {
  readonly connection: Connection;
  readonly writes: Writes;
  readonly packing: Packing;
  /** Ends a share of it; with the last one it is closed. */
  readonly release: () => void;
}

/** All instances of a page on one database share a connection, by the IndexedDB that it lies in. */
const OPEN = new WeakMap<IDBFactory, Map<string, Shared>>();

interface Shared {
  readonly opened: Promise<OpenDatabase>;
  shares: number;
}

/** Opens a database, or another share of it. */
export async function openShared(access: IndexedDb, name: string, cacheCharacters: number): Promise<OpenDatabase> {
  const databases = OPEN.get(access.indexedDB) ?? new Map<string, Shared>();
  OPEN.set(access.indexedDB, databases);
  const known = databases.get(name);
  const shared = known ?? { opened: open(), shares: 0 };
  databases.set(name, shared);
  shared.shares += 1;
  try {
    return await shared.opened;
  } catch (error) {
    if (databases.get(name) === shared) databases.delete(name);
    throw error;
  }

  async function open(): Promise<OpenDatabase> {
    const connection = await connect(access, name, cacheCharacters);
    const packing = createPacking(connection);
    return {
      connection,
      packing,
      writes: createWrites(connection, packing.written),
      release() {
        shared.shares -= 1;
        if (shared.shares > 0) return;
        databases.delete(name);
        packing.stop();
        connection.close();
      },
    };
  }
}
