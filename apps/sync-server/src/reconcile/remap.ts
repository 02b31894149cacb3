import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord } from '../connectors/connector.ts';
import type { KeptRecord } from '../store/kept-record.ts';
import type { QuarantinedRecord } from '../store/write.ts';
import { applyPage } from './apply-page.ts';
import { type Between, setCursor } from './pull.ts';
import type { ReadItem } from './read-item.ts';
import { loadScanState, type ScanState, saveScanState } from './scan-state.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** `held` until an operator lets it go · `kept`: from kept records · `read`: everything is read again. */
export type RemapWay = 'held' | 'kept' | 'read';

/** What is left to do: `more` of the same · `done` · `read`: everything is to be read after all. */
export type RemapStep = 'more' | 'done' | 'read';

/** Records that are applied in one write, and writes before other work has its turn. */
const SLICE = 200;
const SLICES = 10;

/** Where more records than this are not kept, they are read by a scan and not one by one. */
const MANY_UNKEPT = 1_000;

/** Most quarantined records that are looked at: another mapping may be able to use them. */
const MANY_QUARANTINED = 100_000;

/** How another mapping than the one before gets to the documents of a stream. What it needs to go on after a crash is kept. */
export async function beginRemap(
  reach: SystemReach,
  stream: EngineStream,
  options: { readonly from: number; readonly letGo?: boolean },
): Promise<RemapWay> {
  const { binding, memory, name } = stream;
  const { from, letGo = false } = options;
  const about = { system: reach.system, stream: name };
  const begun = await placeOf(reach, stream);
  if (binding.remap === 'hold' && begun === null && !letGo) {
    memory.remap = { is: 'held', from, done: 0 };
    reach.log.warn('mapping-held', { ...about, from, mapping: binding.mapping });
    return 'held';
  }
  reach.log.info('mapping-changed', { ...about, mapping: binding.mapping });
  const [first] = await reach.store.kept({ ...about, after: null, limit: 1 });
  if (binding.keepRecords !== true || first === undefined) {
    await readAgain(reach, stream);
    return 'read';
  }
  if (begun === null) await savePlace(reach, stream, { mapping: binding.mapping, after: null });
  memory.remap = { is: 'applying', from, done: 0 };
  return 'kept';
}

/**
 * Applies the mapping to some of the kept records, without a call to the system: each is merged as if it had been pulled at
 * the time at which it was read. What is not kept is put on the list of records to be read by their keys.
 */
export async function remapSome(reach: SystemReach, stream: EngineStream, between: Between): Promise<RemapStep> {
  const { store, system } = reach;
  for (let slice = 0; slice < SLICES; slice += 1) {
    const place = await placeOf(reach, stream);
    const records = await store.kept({ system, stream: stream.name, after: place?.after ?? null, limit: SLICE });
    if (records.length === 0) return endRemap(reach, stream);
    await applyKept(reach, stream, records);
    if (stream.memory.remap !== null) stream.memory.remap.done += records.length;
    await between();
  }
  return 'more';
}

async function applyKept(reach: SystemReach, stream: EngineStream, records: readonly KeptRecord[]): Promise<void> {
  const after = records.at(-1)?.key ?? null;
  await applyPage(reach, stream, {
    items: records.map(itemOfKept),
    reading: { readAt: reach.clock.now(), readTimes: readTimesOf(records), exact: false },
    goneProven: false,
    cursor: { kind: 'remap', cursor: { mapping: stream.binding.mapping, after } },
  });
}

/** When each of some kept records was read, milliseconds since 1970, by key. */
export function readTimesOf(records: readonly KeptRecord[]): ReadonlyMap<string, number> {
  return new Map(records.map(({ key, readAt }) => [key, readAt]));
}

/** A kept record as it was read. */
export function itemOfKept({ key, record, version, digest }: KeptRecord): ReadItem {
  return {
    is: 'item',
    item: {
      key,
      data: record as ExternalRecord,
      ...(version !== null && { version }),
      ...(digest !== null && { digest }),
    },
  };
}

async function endRemap(reach: SystemReach, stream: EngineStream): Promise<RemapStep> {
  const { store, system } = reach;
  const { name, stream: source, memory } = stream;
  const listed = source.scan !== undefined || source.changes !== undefined;
  for (let after: string | null = null; ; ) {
    const keys: readonly string[] = await store.unkept({ system, stream: name, after, limit: MANY_UNKEPT + 1 });
    if (keys.length > MANY_UNKEPT && listed) {
      await readAgain(reach, stream);
      return 'read';
    }
    await recheckAll(reach, stream, keys);
    after = keys.at(-1) ?? null;
    if (keys.length <= MANY_UNKEPT) break;
  }
  const isOurs = (one: QuarantinedRecord) => one.system === system && one.stream === name;
  const aside = (await store.quarantined({ limit: MANY_QUARANTINED })).filter(isOurs);
  await recheckAll(
    reach,
    stream,
    aside.map(({ key }) => key),
  );
  await saveScanState(store, stream.binding, { state: mapped(await loadScanState(store, stream.binding), stream) });
  await savePlace(reach, stream, null);
  reach.log.info('mapping-applied', {
    system,
    stream: name,
    mapping: stream.binding.mapping,
    records: memory.remap?.done,
  });
  memory.remap = null;
  return 'done';
}

async function recheckAll({ store, system }: SystemReach, { name, memory }: EngineStream, keys: readonly string[]) {
  if (keys.length === 0) return;
  await store.addRechecks(keys.map((key) => ({ system, stream: name, key })));
  memory.recheckDue = true;
}

/** Under a new mapping everything is read again, so that what it says of old records is known from them and not guessed. */
async function readAgain(reach: SystemReach, stream: EngineStream): Promise<void> {
  if (stream.stream.changes !== undefined) await setCursor(reach, stream, null);
  const state = mapped(await loadScanState(reach.store, stream.binding), stream);
  await saveScanState(reach.store, stream.binding, { state });
  if ((await placeOf(reach, stream)) !== null) await savePlace(reach, stream, null);
  stream.memory.remap = null;
}

/** Half a scan under another mapping is worth nothing; one that has begun under this one goes on. */
function mapped(state: ScanState, { binding: { mapping } }: EngineStream): ScanState {
  return state.mapping === mapping ? state : { ...state, mapping, phase: 'idle', after: null };
}

/** How far a mapping has come. */
interface Place {
  readonly mapping: number;
  /** The last key it was applied to; null: none yet. */
  readonly after: string | null;
}

/** The place where the mapping that is configured has been left; null: it has not been begun, or let go. */
async function placeOf({ store, system }: SystemReach, { name, binding }: EngineStream): Promise<Place | null> {
  const kept = (await store.cursor(system, name, 'remap')) as unknown as Place | null;
  return kept?.mapping === binding.mapping ? kept : null;
}

async function savePlace({ store, system }: SystemReach, { name }: EngineStream, place: Place | null): Promise<void> {
  const cursor = { system, stream: name, kind: 'remap', cursor: place as unknown as JsonValue } as const;
  await store.write({ scope: 'main' }, () => ({ cursor, result: undefined }));
}
