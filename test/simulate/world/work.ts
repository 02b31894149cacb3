import type { RxCollection } from 'rxdb';
import type { Document } from '../../../packages/core/src/schema/document.ts';
import type { Action } from './action.ts';
import { COUNTED, type DatastoreName, TEXT_FIELDS } from './datastores.ts';
import type { World } from './world.ts';

/** Ids that devices write; the scope that a device inserts into is part of it. */
const IDS = 5;

/** Ordinary work: what applications and the users of external systems do. True if the action was work. */
export function work(world: World, action: Action): boolean {
  const { kind } = action;
  if (kind === 'edit' || kind === 'insert' || kind === 'delete' || kind === 'count') local(world, action, kind);
  else if (kind === 'sync') exchange(world, action);
  else if (kind.startsWith('system-')) there(world, action);
  else return false;
  return true;
}

/** An application asks for everything, or has everything compared. */
function exchange(world: World, { target, b }: Action): void {
  const stores = world.devices.get(target)?.stores();
  void (b < 0.5 ? stores?.check() : stores?.syncNow());
}

type Kind = 'edit' | 'insert' | 'delete' | 'count';

function local(world: World, action: Action, kind: Kind): void {
  const device = world.devices.get(action.target);
  const datastore: DatastoreName = action.b < 0.6 ? 'item' : 'note';
  const collection = device?.collection(datastore);
  if (device === undefined || !collection) return;
  void world.scheduler
    .perform(device.process(), `${action.target} ${kind}`, async () => {
      if (kind === 'insert') insert(world, { action, datastore, collection });
      else await change(world, { action, datastore, collection }, kind);
    })
    .catch(() => undefined);
}

interface Place {
  readonly action: Action;
  readonly datastore: DatastoreName;
  readonly collection: RxCollection;
}

function insert(world: World, { action, datastore, collection }: Place): void {
  const { target: device, a } = action;
  const scope = world.grants.get(device)?.[0];
  const number = Math.floor(a * IDS);
  const value = world.ledger.unique(device);
  // A record that was deleted somewhere is not made anew under its id: an item has a new id each time.
  const id = datastore === 'item' ? `${scope}-${value.replace('#', '-')}` : `${scope}-n${number}`;
  const document = { id, born: value, a: value, count: 0, ...(datastore === 'item' ? { name: `by ${device}` } : {}) };
  const entry = { device, datastore, id, kind: 'insert' as const, value, field: 'a', amount: 0 };
  world.ledger.run(entry, () => collection.insert(document));
}

/** Changes or deletes one of the documents that the replica has. */
async function change(world: World, place: Place, kind: Exclude<Kind, 'insert'>): Promise<void> {
  const { action, datastore, collection } = place;
  const device = action.target;
  const documents = await collection.find({ sort: [{ id: 'asc' }] }).exec();
  const counted = COUNTED[datastore];
  const candidates = documents.filter(({ id }) =>
    kind === 'count' ? counted.includes(id) : kind === 'edit' || !counted.includes(id),
  );
  const document = candidates[Math.floor(action.a * candidates.length)];
  if (document === undefined) return;
  const entry = { device, datastore, id: String(document.id), kind, field: '', value: '', amount: 0 };
  if (kind === 'delete') {
    world.ledger.run({ ...entry, value: String(document.born) }, () => document.incrementalRemove());
    return;
  }
  const field = TEXT_FIELDS[action.b * 100 < 30 || action.b > 0.8 ? 1 : 0] as string;
  const value = world.ledger.unique(device);
  const amount = kind === 'count' ? 1 + Math.floor(action.b * 1_000) : 0;
  world.ledger.run({ ...entry, field: kind === 'count' ? 'count' : field, value, amount }, () =>
    document.incrementalModify((state: Document) => ({
      ...state,
      ...(kind === 'count' ? { count: Number((state as { count?: number }).count ?? 0) - amount } : { [field]: value }),
    })),
  );
}

function there(world: World, { kind, target, a, b }: Action): void {
  const system = world.systems[target]?.nasty;
  if (system === undefined) return;
  const keys = [...system.records.keys()];
  const isCounted = (key: string) => COUNTED.item.includes(String(system.records.get(key)?.data.code));
  if (kind === 'system-insert') {
    const value = world.ledger.unique(target);
    const code = `${target}-${value.replace('#', '-')}`;
    const text = target === 'erp' ? { a: value, price: 1 } : { b: value };
    system.insert(`x${value.replace('#', '-')}`, { code, born: value, name: `by ${target}`, count: 0, ...text });
    return;
  }
  const fitting = keys.filter((key) => kind === 'system-edit' || isCounted(key) === (kind === 'system-count'));
  const key = fitting[Math.floor(a * fitting.length)];
  if (key === undefined) return;
  const record = system.records.get(key)?.data;
  if (kind === 'system-remove') {
    world.removedThere.add(String(record?.code));
    system.remove(key);
  } else if (kind === 'system-edit') {
    const value = world.ledger.unique(target);
    system.edit(
      key,
      b < 0.5 ? { name: value } : target === 'erp' ? { a: value, price: Math.floor(b * 100) } : { b: value },
    );
  } else if (record !== undefined) {
    const amount = 1 + Math.floor(b * 1_000);
    const name = String(record.code);
    world.countedThere.set(name, (world.countedThere.get(name) ?? 0) - amount);
    system.edit(key, { count: Number(record.count ?? 0) - amount });
  }
}
