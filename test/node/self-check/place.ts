import { join } from 'node:path';
import { productCatalog } from '@datastores/core';
import { canonicalJson, type JsonDocument } from '@datastores/core/schema';
import { getRxStorageSQLite } from '@datastores/node';
import Sqlite from 'better-sqlite3';
import type { RxStorage } from 'rxdb';
import { makeProduct } from '../../bench/documents/product.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

/** A server with so many products, and a replica in a file that has pulled them. */
export async function placeWithProducts(count: number, seed: number) {
  const folder = temporaryFolder();
  const filename = join(folder.path, 'replica.db');
  const server = await startService([productCatalog], join(folder.path, 'store.db'));
  const products = Array.from({ length: count }, (_, index) => makeProduct(seed, index));
  for (let start = 0; start < count; start += 1_000) {
    await writeThere(server.store, productCatalog, products.slice(start, start + 1_000));
  }
  const openReplica = (options: { readonly mayLackWrites?: boolean } = {}) =>
    startReplica(server.service, {
      datastores: [productCatalog],
      name: 'replica',
      storage: getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>,
      ...options,
    });
  const replica = await openReplica();
  // However long the first pull of so many takes.
  await replica.stores.syncNow();
  await settled(replica.stores);
  return {
    server,
    filename,
    openReplica,
    ...replica,
    write: (documents: Parameters<typeof writeThere>[2]) => writeThere(server.store, productCatalog, documents),
    /** The JSON text of what the server has of a document; null: nothing. */
    async there(id: string): Promise<string | null> {
      const stored = await server.store.document('main', { datastore: 'product', id });
      return stored === null || stored.deleted ? null : canonicalJson(JSON.parse(stored.body));
    },
    /** Ids of living documents whose content, version or place among the indexes is not what the server has. */
    async differing(): Promise<string[]> {
      const here = storedIn(filename);
      const different: string[] = [];
      for (let after = 0; ; ) {
        const request = { scope: 'main', datastore: 'product', after, maxRows: 1_000, maxBytes: 1e9 };
        const page = await server.store.feed(request);
        for (const { id, deleted, body, version } of page.rows) {
          const found = here.get(id);
          here.delete(id);
          const expected = deleted ? undefined : `${version} ${canonicalJson(JSON.parse(body))}`;
          if (found !== expected) different.push(id);
          after = page.rows.at(-1)?.seq ?? after;
        }
        if (!page.hasMore) return [...different, ...here.keys()];
      }
    },
    async [Symbol.asyncDispose]() {
      await replica[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Version and content of the living documents in a file, read without the product. */
function storedIn(filename: string): Map<string, string> {
  const database = new Sqlite(filename, { readonly: true });
  try {
    const table = database.prepare("SELECT id FROM collections WHERE collection = 'product'").pluck().get();
    const paths = database.prepare("SELECT key_paths FROM collections WHERE collection = 'product'").pluck().get();
    const [indexed = ''] = JSON.parse(String(paths)) as string[];
    const rows = database.prepare(`SELECT id, data, tail, k0 FROM docs_${table} WHERE deleted = 0`).all() as Row[];
    return new Map(rows.map(({ id, data, tail, k0 }) => [id, stateOf({ data, tail, k0 }, indexed)]));
  } finally {
    database.close();
  }
}

interface Row {
  readonly id: string;
  readonly data: string;
  readonly tail: string;
  readonly k0: unknown;
}

function stateOf({ data, tail, k0 }: Omit<Row, 'id'>, indexed: string): string {
  try {
    const content = JSON.parse(data) as JsonDocument;
    if (content[indexed] !== k0) return 'in the wrong place';
    return `${JSON.parse(`{${tail.slice(1)}`)._meta.version} ${canonicalJson(content)}`;
  } catch {
    return 'unreadable';
  }
}
