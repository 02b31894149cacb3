import type { JsonValue } from '@datastores/core/schema';
import type { Change, ExternalRecord, Item, Outcome, Write } from '@datastores/sync-server/connector';
import { SystemError, type Traits } from '@datastores/sync-server/connector';
import { recordDigest } from '../../../support/record-digests.ts';

/** A record as the memory keeps it. */
interface Kept {
  readonly data: ExternalRecord;
  readonly version: number;
  readonly ref: string | null;
}

/** One entry of the log of the memory; a record that is not committed yet has none. */
interface Entry {
  readonly key: string;
  readonly at: number;
}

/** A business system in memory, as right as one can be. */
export interface MemorySystem {
  readonly records: Map<string, Kept>;
  readonly log: Entry[];
  /** Entries behind a position in order of commit; `back` of them are read again. */
  since(position: number, back: number): Entry[];
  change(key: string): Change | null;
  item(key: string): Item | null;
  put(key: string, data: ExternalRecord): void;
  insert(data: ExternalRecord, ref?: string | null): string;
  remove(key: string): void;
  write(write: Write, traits: Traits): Outcome;
  /** Throws while the system is away; waits while it is silent. */
  answer(signal: AbortSignal): Promise<void>;
  state: 'well' | 'away' | 'silent';
  loseNext: boolean;
  /** Writes by their id, with the key of their record. */
  readonly done: Map<string, string>;
}

/** Opens an empty memory. */
export function createMemorySystem(): MemorySystem {
  const records = new Map<string, Kept>();
  const log: Entry[] = [];
  let [minted, versions] = [0, 0];
  const item = (key: string): Item | null => {
    const kept = records.get(key);
    if (kept === undefined) return null;
    const data = { ...kept.data };
    return { key, data, version: String(kept.version), digest: recordDigest(key, data) };
  };
  const put = (key: string, data: ExternalRecord) => {
    versions += 1;
    records.set(key, { data, version: versions, ref: records.get(key)?.ref ?? null });
    log.push({ key, at: log.length + 1 });
  };
  const system: MemorySystem = {
    records,
    log,
    since: (position, back) => log.slice(Math.max(0, position - back)),
    item,
    put,
    change: (key) => {
      const found = item(key);
      return found === null ? { op: 'delete', key } : { op: 'put', ...found };
    },
    insert(data, ref = null) {
      minted += 1;
      const key = String(minted);
      put(key, data);
      records.set(key, { ...(records.get(key) as Kept), ref });
      return key;
    },
    remove(key) {
      records.delete(key);
      log.push({ key, at: log.length + 1 });
    },
    write: (write, traits) => applyWrite(system, write, traits),
    async answer(signal) {
      if (signal.aborted) throw new SystemError('down', 'cancelled');
      if (system.state === 'away') throw new SystemError('down', 'refused');
      await Promise.resolve();
      if (system.state === 'silent') await untilAborted(signal);
    },
    state: 'well',
    loseNext: false,
    done: new Map(),
  };
  return system;
}

function applyWrite(system: MemorySystem, write: Write, traits: Traits): Outcome {
  const problem = problemOf(write);
  if (problem !== null) return problem;
  const before = system.done.get(write.id);
  const repeatable = write.op === 'add' || (write.op === 'create' && traits.creates === 'idempotent');
  if (before !== undefined && repeatable) return answered(system, before);
  if (write.op === 'create') return done(system, write, system.insert(write.data, write.ref));
  const current = system.item(write.key);
  if (current === null) return { is: 'missing' };
  if (traits.guarded && write.ifVersion !== undefined && write.ifVersion !== current.version) {
    return { is: 'conflict', current };
  }
  if (write.op === 'delete') system.remove(write.key);
  else if (write.op === 'update') system.put(write.key, { ...current.data, ...write.patch });
  else {
    const quantity = Number(current.data.quantity) + (write.amounts.quantity ?? 0);
    system.put(write.key, { ...current.data, ...write.patch, quantity });
  }
  return done(system, write, write.key);
}

function done(system: MemorySystem, write: Write, key: string): Outcome {
  system.done.set(write.id, key);
  return answered(system, key);
}

function answered(system: MemorySystem, key: string): Outcome {
  const item = system.item(key);
  return { is: 'applied', key, ...(item && { item }) };
}

function problemOf(write: Write): Outcome | null {
  const given: ExternalRecord = write.op === 'create' ? write.data : write.op === 'delete' ? {} : (write.patch ?? {});
  const { name, quantity } = given as { readonly name?: JsonValue; readonly quantity?: JsonValue };
  if (typeof name === 'string' && name.length > 20)
    return { is: 'rejected', reason: 'name is too long', field: 'name' };
  if (quantity === undefined || typeof quantity === 'number') return null;
  return { is: 'rejected', reason: 'quantity is no number', field: 'quantity' };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new SystemError('down', 'cancelled'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}
