import type { JsonObject } from '@datastores/core/schema';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import type { Link } from '../../../apps/sync-server/src/store/link.ts';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { BINDINGS } from '../world/bindings.ts';
import { SCOPES, type World } from '../world/world.ts';
import { receiptDifferences } from './receipt-differences.ts';

/** What is different between the server and the external systems, but for what a person has been asked to look at. */
export async function systemDifferences(world: World, store: Store): Promise<readonly string[]> {
  const found: string[] = [];
  for (const binding of BINDINGS) found.push(...(await bindingDifferences(world, store, binding)));
  return found.length > 0 ? found : receiptDifferences(world, store);
}

async function bindingDifferences(world: World, store: Store, binding: Binding): Promise<readonly string[]> {
  const { system, stream } = binding;
  const heads = await store.outboxHeads(system, { now: Number.MAX_SAFE_INTEGER, limit: 1_000 });
  const waiting = heads.filter(({ state }) => state !== 'dead');
  if (waiting.length > 0) return [`${waiting.length} rows wait for ${system}`];
  const found: string[] = [];
  const held = new Set(
    (await store.outboxDead({ limit: 1_000 })).filter((row) => row.system === system).map(({ id }) => id),
  );
  const aside = new Set(
    (await store.quarantined({ limit: 1_000 })).filter((row) => row.system === system).map(({ key }) => key),
  );
  const records = world.systems[system]?.nasty.records ?? new Map();
  const links = new Map((await store.links({ system, stream, limit: 10_000 })).map((link) => [link.key ?? '', link]));
  for (const [key, { data }] of records) {
    const link = links.get(key);
    if (link === undefined) {
      if (!aside.has(key)) found.push(`${system} has ${key} (${String(data.code)}), which nobody knows`);
      continue;
    }
    if (held.has(link.id) || aside.has(key)) continue;
    found.push(...(await recordDifferences(store, binding, { link, data })));
  }
  for (const { key, id } of links.values()) {
    if (key !== null && !records.has(key) && !held.has(id)) found.push(`${system} has lost ${key} (${id})`);
  }
  const linked = new Set([...links.values()].map(({ id }) => id));
  for (const scope of SCOPES) {
    const page = await store.feed({ scope, datastore: 'item', after: 0, maxRows: 10_000, maxBytes: 1e9 });
    for (const { id, deleted } of page.rows) {
      if (!deleted && !linked.has(id) && !held.has(id)) found.push(`${system} was never told of ${id}`);
    }
  }
  return found;
}

interface Linked {
  readonly link: Link;
  readonly data: JsonObject;
}

async function recordDifferences(store: Store, binding: Binding, { link, data }: Linked): Promise<readonly string[]> {
  const stored = await store.document(link.scope, link);
  if (stored === null || stored.deleted) return [`${binding.system} still has ${link.key} of ${link.id}`];
  const document = JSON.parse(stored.body) as JsonObject;
  return Object.entries(binding.fields).flatMap(([field, rule]) => {
    const [here, there] = [document[field] ?? null, data[field] ?? null];
    // What a system owns and never said may have come from elsewhere, and it is not told.
    if ('from' in rule && rule.from === 'there' && there === null) return [];
    if (JSON.stringify(here) === JSON.stringify(there)) return [];
    return [`${link.id}.${field} is ${String(here)} here and ${String(there)} in ${binding.system}`];
  });
}
