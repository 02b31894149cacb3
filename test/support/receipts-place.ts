import { join } from 'node:path';
import { realTime, type Strategy } from '@datastores/core';
import { defineDatastore } from '@datastores/core/schema';
import type { RxStorage } from 'rxdb';
import { type Clock, systemClock } from '../../apps/sync-server/src/clock.ts';
import { silentLog } from '../../apps/sync-server/src/log.ts';
import type { Binding } from '../../apps/sync-server/src/reconcile/binding.ts';
import { createReconciler } from '../../apps/sync-server/src/reconcile/reconciler.ts';
import { createReplicationService } from '../../apps/sync-server/src/replication/service.ts';
import { routesOf } from '../../apps/sync-server/src/server/systems.ts';
import { temporaryFolder } from './folder.ts';
import { createNastySystem, type NastyOptions } from './nasty-system.ts';
import { callerOf, startReplica } from './sync.ts';
import { openTestStore } from './test-store.ts';

/** What is written at the tills of these tests. */
export const sales = defineDatastore({
  name: 'sale',
  schema: {
    type: 'object',
    properties: { name: { type: 'string' }, note: { type: 'string' } },
    required: ['name'],
  } as const,
  conflict: 'replica-wins',
});

/** A datastore that no system is told of. */
export const drafts = defineDatastore({
  name: 'draft',
  schema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } as const,
});

const DATASTORES = [sales, drafts] as const;

/** Sales are told to a system, which may not change them. */
export function saleBinding(over: Partial<Binding> = {}): Binding {
  return {
    system: 'erp',
    stream: 'items',
    datastore: sales,
    mapping: 1,
    toDocument: (record) => ({ name: record.name as string, note: (record.note as string | undefined) ?? null }),
    toRecord: (patch) => ({ ...patch }) as ReturnType<NonNullable<Binding['toRecord']>>,
    fields: { name: { merge: 'here' }, note: { merge: 'here' } },
    strategies: [realTime({ pollMs: 60_000 })],
    ...over,
  };
}

/** A sync server in this process whose sales go to an ERP, and tills that replicate with it. */
export async function openReceiptsPlace(
  options: { readonly clock?: Clock; readonly bindings?: readonly Binding[]; readonly erp?: NastyOptions } = {},
) {
  const { clock = systemClock, bindings = [saleBinding()] } = options;
  const folder = temporaryFolder();
  const filename = join(folder.path, 'store.sqlite');
  const erp = createNastySystem(options.erp);
  const start = async () => {
    const store = await openTestStore(filename, {
      datastores: DATASTORES,
      routes: routesOf(bindings),
      clock: clock.now,
    });
    const service = createReplicationService({ store, datastores: DATASTORES, clock });
    const systems = bindings.length === 0 ? {} : { erp: { connector: erp.connector } };
    const engine = createReconciler({ store, systems, bindings, clock, log: silentLog, random: () => 0.9 });
    await engine.start();
    await engine.idle();
    return { store, service, engine };
  };
  let running = await start();
  const stop = async () => {
    running.service.close();
    await running.engine.close();
    await running.store.close();
  };
  return {
    erp,
    filename,
    get store() {
      return running.store;
    },
    get service() {
      return running.service;
    },
    get engine() {
      return running.engine;
    },
    /** Ends the process of the server and starts another one; `between` is done while there is none. */
    async restart(between: () => void = () => {}) {
      await stop();
      between();
      running = await start();
    },
    /** Opens a till. Its line leads to whichever server is running. */
    async till(over: TillOptions = {}) {
      const { subject = 'till', ...rest } = over;
      const current = new Proxy(running.service, { get: (_target, name) => Reflect.get(running.service, name) });
      return startReplica(current, { datastores: DATASTORES, caller: callerOf(subject), ...rest });
    },
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

interface TillOptions {
  readonly subject?: string;
  readonly name?: string;
  readonly storage?: RxStorage<unknown, unknown>;
  readonly strategies?: Record<string, Strategy>;
}
