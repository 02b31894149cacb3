import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realTime } from '@datastores/core';
import { canonicalJson, defineDatastore, type JsonObject } from '@datastores/core/schema';
import { systemClock } from '../../apps/sync-server/src/clock.ts';
import type { Connector } from '../../apps/sync-server/src/connectors/connector.ts';
import { silentLog } from '../../apps/sync-server/src/log.ts';
import type { Binding } from '../../apps/sync-server/src/reconcile/binding.ts';
import {
  createReconciler,
  type Reconciler,
  type ReconcilerOptions,
} from '../../apps/sync-server/src/reconcile/reconciler.ts';
import { routesOf } from '../../apps/sync-server/src/server/systems.ts';
import type { Store } from '../../apps/sync-server/src/store/store.ts';
import { createKillableStore } from './killable-store.ts';
import { openTestStore } from './test-store.ts';

/** What the tests of the engine exchange: one text for each rule, and a quantity. */
const articles = defineDatastore({
  name: 'article',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 100 },
      price: { type: 'integer', minimum: 0 },
      note: { type: 'string' },
      tag: { type: 'string' },
      stock: { type: 'number' },
      parent: { type: 'string' },
    },
    required: ['name'],
  } as const,
});

/** A binding of `items` of a system to articles: the system owns the price, we own the tag, the rest is merged. */
export function articleBinding(over: Partial<Binding> = {}): Binding {
  return {
    system: 'erp',
    stream: 'items',
    datastore: articles,
    mapping: 1,
    toDocument: (record) => ({ ...record }),
    toRecord: (patch) => ({ ...patch }) as ReturnType<NonNullable<Binding['toRecord']>>,
    fields: {
      name: { merge: 'there' },
      price: { from: 'there' },
      note: { merge: 'here' },
      tag: { from: 'here' },
      stock: { merge: 'sum' },
    },
    strategies: [realTime({ pollMs: 60_000 })],
    ...over,
  };
}

/** A store in a folder of its own and an engine on it that can be stopped and started like a process. */
export interface Bench extends AsyncDisposable {
  readonly store: Store;
  readonly engine: Reconciler;
  /** From so many more calls of the engine to its store on, it counts as killed: nothing it does has an effect. */
  killAfter(calls: number): void;
  /** Ends the engine and begins another on the same store. */
  restart(over?: Partial<ReconcilerOptions>): Promise<void>;
  /** Writes a document as a replica would; null deletes it. */
  write(id: string, document: JsonObject | null): Promise<void>;
  /** Changes fields of a document. */
  edit(id: string, patch: JsonObject): Promise<void>;
  read(id: string): Promise<JsonObject | null>;
  /** All living documents by id. */
  all(): Promise<ReadonlyMap<string, JsonObject>>;
  /** Rows of the outbox that are not dead, whatever they wait for. */
  pending(system?: string): Promise<number>;
}

/** What a bench is made of. */
export interface BenchOptions extends Partial<ReconcilerOptions> {
  readonly nasty: Readonly<Record<string, { readonly connector: Connector }>>;
}

/** Opens a bench; the engine has started and is idle. */
export async function openBench({ nasty, ...options }: BenchOptions): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-engine-'));
  const bindings = options.bindings ?? [articleBinding()];
  const store = await openTestStore(join(folder, 'store.sqlite'), {
    datastores: [...new Set(bindings.map(({ datastore }) => datastore))],
    routes: routesOf(bindings),
    ...(options.clock && { clock: options.clock.now }),
  });
  let process = createKillableStore(store);
  const start = async (over: Partial<ReconcilerOptions> = {}) => {
    const systems = Object.fromEntries(Object.entries(nasty).map(([name, { connector }]) => [name, { connector }]));
    process = createKillableStore(store);
    const engine = createReconciler({
      store: process.store,
      systems,
      bindings,
      clock: systemClock,
      log: silentLog,
      random: () => 0,
      ...options,
      ...over,
    });
    await engine.start();
    await engine.idle();
    return engine;
  };
  let engine = await start();
  const { name: datastore, version: schemaVersion } = articles;
  const write = async (id: string, change: (before: JsonObject | null) => JsonObject | null) => {
    await store.write({ scope: 'main', documents: [{ datastore, id }] }, (current) => {
      const stored = current.document({ datastore, id });
      const after = change(stored === null || stored.deleted ? null : (JSON.parse(stored.body) as JsonObject));
      const body = after === null ? null : canonicalJson({ ...after, id });
      const base = stored?.version ?? null;
      const documents = [{ datastore, id, body, schemaVersion, author: 'till', base, from: null }];
      return { documents, result: undefined };
    });
  };
  const read = async (id: string) => {
    const stored = await store.document('main', { datastore, id });
    return stored === null || stored.deleted ? null : (JSON.parse(stored.body) as JsonObject);
  };
  return {
    store,
    get engine() {
      return engine;
    },
    killAfter: (calls) => process.killAfter(calls),
    async restart(over) {
      await engine.close();
      engine = await start(over);
    },
    write: (id, document) => write(id, () => document),
    edit: (id, patch) => write(id, (before) => ({ ...before, ...patch })),
    read,
    async all() {
      const { rows } = await store.feed({ scope: 'main', datastore, after: 0, maxRows: 10_000, maxBytes: 100_000_000 });
      const living = rows.filter(({ deleted }) => !deleted);
      return new Map(living.map(({ id, body }) => [id, JSON.parse(body) as JsonObject]));
    },
    pending: async (system = 'erp') =>
      (await store.outboxHeads(system, { now: Number.MAX_SAFE_INTEGER, limit: 10_000 })).length,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
