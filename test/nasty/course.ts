import { setTimeout as sleep } from 'node:timers/promises';
import { realTime } from '@datastores/core';
import { defineDatastore, type JsonObject } from '@datastores/core/schema';
import type { Clock } from '@datastores/sync-server';
import type { Connector } from '@datastores/sync-server/connector';
import { rest } from '@datastores/sync-server/rest';
import { z } from 'zod';
import type { SystemFieldRule } from '../../apps/sync-server/src/reconcile/binding.ts';
import type { SystemStatus } from '../../apps/sync-server/src/reconcile/status.ts';
import { articleBinding, type Bench, openBench } from '../support/engine.ts';
import { type RestService, startRestService } from '../support/rest-service.ts';
import { type RestSample, restOptions } from '../sync-server/connectors/rest/rest-place.ts';
import { fastClock } from './fast-clock.ts';

/** A nasty system and a good one, an engine between them and its store. */
export interface Course extends AsyncDisposable {
  readonly erp: RestService;
  /** Another system, which must not notice anything. */
  readonly pim: RestService;
  readonly bench: Bench;
  readonly clock: Clock;
  /** Resolves once the status of the nasty system says so; throws the status if it does not. */
  tells(words: RegExp): Promise<void>;
  /** Shows that the other system goes on: what is inserted there arrives. */
  othersGoOn(): Promise<void>;
  /** As an operator who has mended the system: everything once more. Then resolves once both sides agree. */
  converges(): Promise<void>;
  /** Names and quantities over there, sorted. */
  there(): readonly string[];
}

/** How a course differs from the usual. */
export interface CourseOptions {
  readonly sample?: Partial<RestSample>;
  readonly pageSize?: number;
  readonly uniqueRefs?: boolean;
  readonly maxBytes?: number;
  /** Records at the beginning: `a1`, `a2`, … with 10 of each. Default 6. */
  readonly records?: number;
  readonly connect?: (service: RestService) => Connector;
}

/** No tombstones in its place and no idempotency: what most systems are like. */
const USUAL: RestSample = {
  page: { style: 'keyset', param: 'after' },
  guard: 'etag',
  update: 'PATCH',
  tombstones: true,
  idempotent: false,
};

/** Opens a course in which both sides agree. */
export async function openCourse(options: CourseOptions = {}): Promise<Course> {
  const { records = 6, pageSize = 4, uniqueRefs = false, maxBytes } = options;
  const sample = { ...USUAL, ...options.sample };
  const clock = fastClock(30);
  const erp = await startRestService({ tombstones: sample.tombstones, uniqueRefs });
  const pim = await startRestService({ tombstones: true });
  if (records > 0) erp.items.insert(Array.from({ length: records }, (_, at) => ({ name: `a${at + 1}`, quantity: 10 })));
  const declared = restOptions(erp, sample, pageSize);
  const connector =
    options.connect?.(erp) ?? rest({ ...declared, timeoutMs: 400, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const bench = await openBench({
    nasty: { erp: { connector }, pim: { connector: rest(restOptions(pim, USUAL, 50)) } },
    bindings: [itemBinding(options.connect ? { from: 'there' } : { merge: 'sum' }), leafletBinding],
    clock,
    scanEveryMs: 60_000,
    random: () => 0.5,
  });
  let leaflets = 0;
  const course: Course = {
    erp,
    pim,
    bench,
    clock,
    there: () => livingItems(erp),
    async tells(words) {
      const said = async () => JSON.stringify(await statusOf(bench));
      await until(async () => words.test(await said()), said);
    },
    async othersGoOn() {
      leaflets += 1;
      const name = `leaflet ${leaflets}`;
      pim.items.insert([{ name }]);
      const names = async () => (await livingDocuments(bench, 'leaflet')).map((leaflet) => leaflet.name);
      await until(
        async () => (await names()).includes(name),
        async () => `the other system stands still: ${(await names()).join()}`,
      );
    },
    async converges() {
      const difference = async () => {
        const here = (await livingDocuments(bench, 'article')).map(({ name, stock }) => `${name}:${stock}`).sort();
        const pending = await bench.pending();
        const same = pending === 0 && JSON.stringify(here) === JSON.stringify(course.there());
        return same ? null : { here, there: course.there(), pending, status: await statusOf(bench) };
      };
      await until(
        async () => {
          await bench.engine.pullNow('erp');
          await bench.engine.pushNow('erp');
          return (await difference()) === null;
        },
        async () => JSON.stringify(await difference(), null, 1),
      );
      await bench.engine.idle();
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await erp[Symbol.asyncDispose]();
      await pim[Symbol.asyncDispose]();
    },
  };
  await course.converges();
  return course;
}

/** The document of a record that was there at the beginning. */
export const idOf = (record: number) => `items-${record}`;

/** Both sides of all records change at once, in ways that do not meet. The result is {@link CHANGED}. */
export async function changeBothSides({ erp, bench }: Course): Promise<void> {
  erp.items.update(1, { name: 'theirs' });
  erp.items.remove(2);
  erp.items.insert([{ name: 'new there', quantity: 20 }]);
  await bench.edit(idOf(3), { name: 'ours' });
  await bench.edit(idOf(4), { stock: 30 });
  await bench.write(idOf(5), null);
  await bench.write('mine', { name: 'new here', stock: 40 });
}

/** What is there in the end: each change made once. */
export const CHANGED = ['a4:30', 'a6:10', 'new here:40', 'new there:20', 'ours:10', 'theirs:10'];

/** Resolves once something is so; throws what is said of it if it does not come to be. */
export async function until(isSo: () => Promise<boolean>, said: () => Promise<string>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (await isSo()) return;
    await sleep(50);
  }
  throw new Error(`It did not come to be. ${await said()}`);
}

const PATIENCE_MS = 15_000;

async function statusOf(bench: Bench): Promise<SystemStatus & { readonly setAside: number }> {
  const { systems, quarantined } = await bench.engine.status();
  const erp = systems.find(({ system }) => system === 'erp');
  if (erp === undefined) throw new Error('There is no system erp.');
  return { ...erp, setAside: quarantined };
}

async function livingDocuments({ store }: Bench, datastore: string): Promise<readonly JsonObject[]> {
  const { rows } = await store.feed({ scope: 'main', datastore, after: 0, maxRows: 10_000, maxBytes: 100_000_000 });
  return rows.flatMap(({ deleted, body }) => (deleted ? [] : [JSON.parse(body) as JsonObject]));
}

function livingItems({ items }: RestService): readonly string[] {
  // A record whose stamp is null is in no list, but it is there.
  const all = Array.from({ length: 500 }, (_, at) => items.get(at + 1)).flatMap((item) => item ?? []);
  return all.map(({ name, quantity }) => `${name ?? ''}:${quantity}`).sort();
}

/** Quantities are added up where the connector can guard them. */
const itemBinding = (stock: SystemFieldRule) =>
  articleBinding({
    record: z.object({ name: z.string().nullable().optional(), quantity: z.number() }).catchall(z.json()),
    toDocument: ({ name, quantity }) => ({ name: name === null ? '' : name, stock: quantity }),
    toRecord: (patch) => ({
      ...('name' in patch && { name: patch.name === '' ? null : (patch.name ?? null) }),
      ...('stock' in patch && { quantity: patch.stock ?? 0 }),
    }),
    amountField: () => 'quantity',
    fields: { name: { merge: 'there' }, stock },
    strategies: [realTime({ pollMs: 15_000 })],
  });

const leaflets = defineDatastore({
  name: 'leaflet',
  schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } as const,
});

const leafletBinding = articleBinding({
  system: 'pim',
  datastore: leaflets,
  toDocument: ({ name }) => ({ name }),
  toRecord: ({ name }) => ({ name: name ?? null }),
  fields: { name: { from: 'there' } },
  strategies: [realTime({ pollMs: 15_000 })],
});
