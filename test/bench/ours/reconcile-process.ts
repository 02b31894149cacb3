// Our side of `reconcile`: the sync server over its SQLite store, with the products of a PostgreSQL database bound to the
// product datastore in both directions, ledger on.
import { batch } from '@datastores/core';
import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import {
  type Binding,
  createSyncServer,
  limitHeapGrowth,
  type SyncServer,
  type SystemFieldRule,
  sqlPostgres,
} from '@datastores/sync-server';
import { answer } from '../answer.ts';
import { KINDS } from '../documents/kinds.ts';
import { productId } from '../documents/product.ts';
import type { Changes, ReconcilePlace } from '../reconcile/place.ts';
import {
  CHANGED,
  PRODUCT_COLUMNS,
  PRODUCT_FIELDS,
  PRODUCT_KEY,
  PRODUCT_TABLE,
  PRODUCT_XID,
  toProduct,
  toRow,
} from '../reconcile/product-table.ts';

const SYSTEM = 'erp';
const { datastore } = KINDS.product;

/** Documents in one write of the store, as replicas push them. */
const EDITED_AT_ONCE = 500;

let server: SyncServer;

// As `datastores serve` does.
limitHeapGrowth();

const commands = {
  /** Milliseconds until the store has every record as a document, with its link. */
  async pull(place: ReconcilePlace): Promise<number> {
    const { docs } = place;
    const begun = performance.now();
    server = await createSyncServer(configOf(place, 1));
    const complete = new Promise<void>((resolve) => {
      server.store.onCommit(({ advances }) => {
        if (advances.some(({ position }) => position.seq >= docs)) resolve();
      });
    });
    await server.listen();
    await complete;
    const ms = performance.now() - begun;
    await server.reconciler.idle();
    const { datastores, links } = await server.store.summary();
    const counts = [datastores[0]?.documents, links[0]?.links];
    if (counts.some((count) => count !== docs))
      throw new Error(`There are ${counts} documents and links, not ${docs}.`);
    return ms;
  },

  /** Changes documents as a push of a replica does. */
  async edit({ docs, value }: Changes): Promise<void> {
    for (let start = 0; start < docs; start += EDITED_AT_ONCE) {
      const count = Math.min(EDITED_AT_ONCE, docs - start);
      const keys = Array.from({ length: count }, (_, at) => ({ datastore: datastore.name, id: productId(start + at) }));
      await server.store.write({ scope: 'main', documents: keys }, (current) => ({
        documents: keys.map((key) => {
          const stored = current.document(key);
          if (stored === null) throw new Error(`There is no document ${key.id}.`);
          const changed = { ...(JSON.parse(stored.body) as JsonObject), [CHANGED.field]: value };
          const { schemaVersion, version } = stored;
          return { ...key, body: canonicalJson(changed), schemaVersion, author: 'bench', base: version, from: null };
        }),
        result: null,
      }));
    }
  },

  /** Milliseconds until nothing waits in the outbox. */
  async push({ docs }: { readonly docs: number }): Promise<number> {
    if ((await waiting()) !== docs) throw new Error(`${await waiting()} changes wait to be pushed, not ${docs}.`);
    const begun = performance.now();
    while ((await waiting()) > 0) await server.reconciler.pushNow(SYSTEM);
    return performance.now() - begun;
  },

  /** Milliseconds from the start of a server whose mapping was raised until every document is what it makes of it. */
  async remap(place: ReconcilePlace): Promise<number> {
    const begun = performance.now();
    server = await createSyncServer(configOf(place, RAISED));
    await server.listen();
    await server.reconciler.idle();
    const ms = performance.now() - begun;
    const last = await server.store.document('main', { datastore: datastore.name, id: productId(place.docs - 1) });
    const { taxClass } = JSON.parse(last?.body ?? '{}') as JsonObject;
    if (taxClass !== OTHER_CLASS) throw new Error(`The last document is not mapped anew: ${String(taxClass)}.`);
    return ms;
  },

  stop: () => server.close(),
};

/** What this process can be asked for. */
export type ReconcileCommands = typeof commands;

answer(commands);

async function waiting(): Promise<number> {
  const { outbox } = await server.store.summary();
  const dead = outbox.find(({ state }) => state === 'dead');
  if (dead !== undefined) throw new Error(`${dead.rows} changes were given up on.`);
  return outbox.reduce((sum, { rows }) => sum + rows, 0);
}

/** A mapping that makes something else of one field of every record. */
const RAISED = 2;
const OTHER_CLASS = 'other';

function configOf({ folder, url, keepRecords = false }: ReconcilePlace, mapping: number) {
  const products = {
    table: PRODUCT_TABLE,
    key: PRODUCT_KEY,
    columns: [...PRODUCT_COLUMNS],
    mode: 'xid' as const,
    xid: PRODUCT_XID,
  };
  return {
    datastores: [datastore],
    dataFolder: folder,
    server: { port: 0 },
    auth: { developmentTokens: true },
    log: { level: 'silent' },
    systems: { [SYSTEM]: { connector: () => sqlPostgres({ connectionString: url, streams: { products } }) } },
    bindings: [binding(keepRecords, mapping)],
  } satisfies Parameters<typeof createSyncServer>[0];
}

/** Collects its changes, so that all of them wait when the push is asked for. */
function binding(keepRecords: boolean, mapping: number): Binding {
  const rules = PRODUCT_FIELDS.map((field): [string, SystemFieldRule] => [field, ruleOf(field)]);
  return {
    system: SYSTEM,
    stream: 'products',
    datastore,
    mapping,
    keepRecords,
    toDocument: (record) => ({ ...toProduct(record), ...(mapping === RAISED && { taxClass: OTHER_CLASS }) }),
    toRecord: (patch) => toRow(patch),
    idFor: (_record, key) => key,
    fields: Object.fromEntries(rules),
    strategies: [batch({ everyMs: 3_600_000, size: 1_000_000 })],
  };
}

/** What the ERP owns, and what both may change. */
function ruleOf(field: string): SystemFieldRule {
  return ERP_OWNS.has(field) ? { from: 'there' } : { merge: 'there' };
}

const ERP_OWNS: ReadonlySet<string> = new Set(['sku', 'price', 'listPrice', 'currency', 'taxClass', 'updatedAt']);
