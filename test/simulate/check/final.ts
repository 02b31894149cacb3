import { firstValueFrom } from 'rxjs';
import { COUNTED } from '../world/datastores.ts';
import { noteDecisions } from '../world/faults.ts';
import { SCOPES, type World } from '../world/world.ts';
import type { LocalWrite } from './ledger.ts';
import { type Refusal, refusedCounts } from './refused-counts.ts';

/** What counted documents begin with. */
export const FIRST_COUNT = 10_000;

/** Checks at the end, when everything agrees, what became of each local write. */
export async function checkWrites(world: World): Promise<void> {
  await noteDecisions(world);
  world.history.ended();
  const rejected = await rejectedBy(world);
  const living = await livingOf(world);
  for (const decision of world.decisions) world.trace.add('decision', decision);
  for (const write of world.ledger.writes) {
    if (write.state !== 'acknowledged') continue;
    const lost =
      write.kind === 'delete' ? lostDeletion(world, { write, rejected, living }) : lostValue(world, write, rejected);
    if (lost !== null) world.report({ kind: 'lost-write', detail: lost });
  }
  if (!world.history.wasRestored) checkCounts(world, { rejected, living });
}

/** Whose rejected list holds what. */
type Rejected = ReadonlyMap<string, readonly Refusal[]>;

async function rejectedBy(world: World): Promise<Rejected> {
  const lists = new Map<string, readonly Refusal[]>();
  for (const device of world.devices.values()) {
    const stores = device.stores();
    const changes = stores === null ? [] : await firstValueFrom(stores.rejected$);
    const list = changes.map(({ document, ...change }) => ({ ...change, text: JSON.stringify(document) }));
    lists.set(device.name, list);
  }
  return lists;
}

function lostValue(world: World, write: LocalWrite, rejected: Rejected): string | null {
  const { device, datastore, id, value, kind, field } = write;
  if (kind === 'count') return null;
  if (world.history.had(datastore, id, value) || isSuperseded(world, write)) return null;
  if (rejected.get(device)?.some((change) => change.id === id && change.text.includes(`"${value}"`))) return null;
  for (const decision of world.decisions) {
    if (decision.startsWith(`${datastore} ${id} `) && decision.includes(`"${value}"`)) return null;
  }
  return `${kind} of ${datastore} ${id}.${field} = ${value} on ${device} was acknowledged and is nowhere`;
}

interface Deleting {
  readonly write: LocalWrite;
  readonly rejected: Rejected;
  readonly living: ReadonlyMap<string, { readonly born: string; readonly count: number }>;
}

function lostDeletion(world: World, { write, rejected, living }: Deleting): string | null {
  const { device, datastore, id, value } = write;
  // A store that went back has documents again that were deleted since.
  if (world.history.wasRestored || world.history.forgot(datastore, id)) return null;
  if (living.get(`${datastore} ${id}`)?.born !== value || isSuperseded(world, write)) return null;
  if (rejected.get(device)?.some((change) => change.id === id && change.text === 'null')) return null;
  for (const decision of world.decisions) if (decision.startsWith(`${datastore} ${id} *`)) return null;
  return `deletion of ${datastore} ${id} on ${device} was acknowledged, and it is there`;
}

/** The same replica wrote the same field again, or deleted the document. */
function isSuperseded(world: World, write: LocalWrite): boolean {
  return world.ledger.writes.some(
    (later) =>
      later.order > write.order &&
      (later.state === 'acknowledged' || later.state === 'unsure') &&
      later.device === write.device &&
      later.datastore === write.datastore &&
      later.id === write.id &&
      (later.kind === 'delete' || later.kind === 'insert' || (later.kind === 'edit' && later.field === write.field)),
  );
}

async function livingOf(world: World): Promise<Map<string, { born: string; count: number }>> {
  const living = new Map<string, { born: string; count: number }>();
  const store = world.server.running()?.store;
  for (const scope of SCOPES) {
    for (const datastore of ['item', 'note']) {
      const page = await store?.feed({ scope, datastore, after: 0, maxRows: 10_000, maxBytes: 1e9 });
      for (const { id, body, deleted } of page?.rows ?? []) {
        const { born, count } = JSON.parse(body) as { born?: string; count?: number };
        if (!deleted) living.set(`${datastore} ${id}`, { born: String(born), count: count ?? 0 });
      }
    }
  }
  return living;
}

/** Every difference counts exactly once; of what was under way in a crash or refused with its scope, each counts or does not. */
function checkCounts(world: World, { rejected, living }: Omit<Deleting, 'write'>): void {
  for (const [datastore, ids] of Object.entries(COUNTED)) {
    for (const id of ids) {
      const counts = world.ledger.writes.filter(
        (write) => write.kind === 'count' && write.datastore === datastore && write.id === id,
      );
      const refused = refusedOf(world, { counts, rejected });
      const isSure = (write: LocalWrite) => write.state === 'acknowledged' && !refused.has(write);
      const sure = counts.filter(isSure).reduce((sum, { amount }) => sum + amount, 0);
      const there = datastore === 'item' ? (world.countedThere.get(id) ?? 0) : 0;
      const wanted = FIRST_COUNT - sure + there;
      const unsure = counts
        .filter((write) => write.state === 'unsure' || refused.has(write))
        .map(({ amount }) => amount);
      const possible = unsure.reduce((sums, amount) => sums.flatMap((sum) => [sum, sum - amount]), [wanted]);
      const count = living.get(`${datastore} ${id}`)?.count;
      if (count === undefined || !possible.includes(count)) {
        const detail = `${datastore} ${id} is ${count}, and should be ${possible.join(' or ')}`;
        world.report({ kind: 'counter', detail });
      }
    }
  }
}

function refusedOf({ history }: World, { counts, rejected }: { counts: readonly LocalWrite[]; rejected: Rejected }) {
  const refused = [...rejected].flatMap(([device, list]) => {
    const own = counts.filter((write) => write.device === device && ['acknowledged', 'unsure'].includes(write.state));
    const [first] = own;
    if (first === undefined) return [];
    const { datastore, id } = first;
    const refusals = list.filter((change) => change.datastore === datastore && change.id === id);
    const had = (count: number) => history.had(datastore, id, String(count));
    return [...refusedCounts({ counts: own, refusals, had })];
  });
  return new Set(refused);
}

/** Each write to an external system has one effect, and each document one record. */
export function checkEffects(world: World): void {
  world.effects.look();
  if (world.history.wasRestored) return;
  for (const { name, nasty } of Object.values(world.systems)) {
    const codes = new Set<unknown>();
    for (const { data } of nasty.records.values()) {
      if (codes.has(data.code))
        world.report({ kind: 'double-effect', detail: `${name} has ${String(data.code)} twice` });
      codes.add(data.code);
    }
  }
}
