import type { Page } from '../connectors/connector.ts';
import { applyMapped, applyPage } from './apply-page.ts';
import { agreesWithBase } from './apply-record.ts';
import { createKnownReferences } from './ids.ts';
import { type Mapped, mapRecords } from './map-records.ts';
import { type Between, checkPage } from './pull.ts';
import { lastOfEach, readChange } from './read-item.ts';
import { READ_KEYS, readKeys } from './recheck.ts';
import { loadScanState, type ScanOptions, type ScanState, saveScanState, scanCursor } from './scan-state.ts';
import { sweepStream } from './sweep.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/**
 * Compares every record with what is known, in key order, and then looks for those that were not seen. Goes on where an
 * interrupted scan stopped.
 */
export async function scanStream(reach: SystemReach, stream: EngineStream, options: ScanOptions): Promise<void> {
  const { store, clock, log, system } = reach;
  let state = beginScan(await loadScanState(store, stream.binding), stream, clock.now());
  stream.memory.generation = state.generation;
  state = await readAll(reach, stream, { state, between: options.between });
  const brake = await sweepStream(reach, stream, options);
  const now = clock.now();
  await saveScanState(store, stream.binding, { ...state, phase: 'idle', after: null, endedAt: now, brake });
  const { activity } = stream.memory;
  activity.scannedAt = now;
  activity.asOf = Math.max(activity.asOf ?? 0, state.startedAt ?? 0);
  if (brake === null) log.info('scan-ended', { system, stream: stream.name, generation: state.generation });
  else log.error('mass-delete-brake', { system, stream: stream.name, ...brake });
}

function beginScan(last: ScanState, { binding }: EngineStream, now: number): ScanState {
  // Half a scan under another mapping compared something else.
  if (last.phase !== 'idle' && last.mapping === binding.mapping) return last;
  const generation = last.generation + 1;
  return { ...last, mapping: binding.mapping, generation, phase: 'reading', after: null, startedAt: now };
}

interface Progress {
  readonly state: ScanState;
  readonly between: Between;
}

async function readAll(
  reach: SystemReach,
  stream: EngineStream,
  { state: begun, between }: Progress,
): Promise<ScanState> {
  let state = begun;
  const readAt = reach.clock.now();
  const pages = reach.calls.pages((context) => stream.stream.scan?.(begun.after, context) ?? none());
  for await (const page of pages) {
    const read = lastOfEach(checkPage(page).changes.map(readChange));
    const last = read.findLast((item) => item.is === 'item');
    state = { ...state, after: last?.is === 'item' ? last.item.key : state.after };
    const known = createKnownReferences(reach.store, reach.bindings);
    const mapped = await mapRecords(stream.binding, read, known);
    const differing = await differingKeys(reach, stream, mapped);
    await rereadKeys(reach, stream, [...differing]);
    await applyMapped(reach, stream, {
      mapped: mapped.filter(({ key }) => !differing.has(key)),
      reading: { readAt, exact: false },
      goneProven: false,
      cursor: { kind: 'scan', cursor: scanCursor(state) },
    });
    await between();
  }
  return state;
}

/** Linked records that say something else than their base. A page may be older than a change that came since. */
async function differingKeys(
  reach: SystemReach,
  stream: EngineStream,
  mapped: readonly Mapped[],
): Promise<ReadonlySet<string>> {
  const keys = mapped.map(({ key }) => key);
  const links = keys.length === 0 ? [] : await reach.store.links({ system: reach.system, stream: stream.name, keys });
  const byKey = new Map(links.map((link) => [link.key, link]));
  const differing = mapped.filter((one) => {
    const link = byKey.get(one.key);
    if (link === undefined || one.is !== 'record') return false;
    return link.gone !== null || !agreesWithBase(stream.rules, link.base, one.fields);
  });
  return new Set(differing.map(({ key }) => key));
}

async function rereadKeys(reach: SystemReach, stream: EngineStream, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += READ_KEYS) {
    const { readAt, items } = await readKeys(reach, stream, keys.slice(start, start + READ_KEYS));
    await applyPage(reach, stream, { items, reading: { readAt, exact: true }, goneProven: false });
  }
}

async function* none(): AsyncIterable<Page> {}
