import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import { firstValueFrom } from 'rxjs';
import type { Store } from '../../../apps/sync-server/src/store/store.ts';
import { DATASTORES } from '../world/datastores.ts';
import type { Device } from '../world/device.ts';
import { SCOPES, type World } from '../world/world.ts';
import { systemDifferences } from './system-differences.ts';

/** Living documents by datastore and id, as canonical JSON. */
export type Contents = ReadonlyMap<string, string>;

/** What still keeps the replicas, the server and the external systems from being equal; empty where everything agrees. */
export async function differences(world: World): Promise<readonly string[]> {
  const store = world.server.running()?.store;
  if (store === undefined) return ['the server is not running'];
  const found: string[] = [];
  const central = new Map<string, Contents>();
  for (const scope of SCOPES) central.set(scope, await contentsOf(store, scope));
  for (const device of world.devices.values()) {
    const scopes = world.grants.get(device.name) ?? [];
    const wanted = new Map(scopes.flatMap((scope) => [...(central.get(scope) ?? [])]));
    found.push(...(await deviceDifferences(device, wanted)));
  }
  found.push(...(await systemDifferences(world, store)));
  return found;
}

async function contentsOf(store: Store, scope: string): Promise<Contents> {
  const contents = new Map<string, string>();
  for (const { name } of DATASTORES) {
    const { rows } = await store.feed({ scope, datastore: name, after: 0, maxRows: 10_000, maxBytes: 1e9 });
    for (const { id, body, deleted } of rows)
      if (!deleted) contents.set(`${name} ${id}`, canonicalOf(JSON.parse(body)));
  }
  return contents;
}

async function deviceDifferences(device: Device, wanted: Contents): Promise<readonly string[]> {
  const stores = device.stores();
  if (stores === null) return [`${device.name} is not running`];
  const unpushed = await firstValueFrom(stores.unpushed$);
  const found = unpushed === 0 ? [] : [`${device.name} has ${unpushed} unpushed`];
  const there = new Map<string, string>();
  for (const { name } of DATASTORES) {
    for (const document of (await device.collection(name)?.find().exec()) ?? []) {
      there.set(`${name} ${document.id}`, canonicalOf(document.toJSON()));
    }
  }
  for (const [name, text] of wanted) {
    const local = there.get(name);
    if (local === undefined) found.push(`${device.name} lacks ${name}`);
    else if (local !== text) found.push(`${device.name} has ${local} where the server has ${text}`);
  }
  for (const name of there.keys()) if (!wanted.has(name)) found.push(`${device.name} still has ${name}`);
  return found;
}

function canonicalOf(document: JsonObject): string {
  return canonicalJson(document);
}
