import { canonicalJson, type JsonValue } from '@datastores/core/schema';
import { type Page, SystemError } from '../connectors/connector.ts';
import { applyPage } from './apply-page.ts';
import { lastOfEach, readChange } from './read-item.ts';
import { begunAnew, loadScanState, saveScanState } from './scan-state.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** What is done between two pages of a long reading, so that it holds up nothing. */
export type Between = () => Promise<void>;

/** Pulls what changed since the cursor. `cursor-lost`: the cursor was worth nothing and was dropped, so a scan is due. */
export async function pullStream(
  reach: SystemReach,
  stream: EngineStream,
  between: Between,
): Promise<'done' | 'cursor-lost'> {
  const { stream: source, name, memory } = stream;
  if (source.changes === undefined) return 'done';
  let cursor = await reach.store.cursor(reach.system, name, 'changes');
  const first = cursor;
  // The start of the whole reading, not of the page: a connector may read ahead, or from one snapshot.
  const readAt = reach.clock.now();
  const goneProven = source.traits.deletes === 'feed' && source.traits.order === 'commit';
  try {
    for await (const page of reach.calls.pages((context) => source.changes?.(first, context) ?? none())) {
      const items = lastOfEach(checkPage(page).changes.map(readChange));
      const moved = canonicalJson(page.cursor) !== canonicalJson(cursor);
      if (items.length > 0 || moved) {
        const reading = { readAt, exact: false };
        await applyPage(reach, stream, {
          items,
          reading,
          goneProven,
          cursor: { kind: 'changes', cursor: page.cursor },
        });
      }
      cursor = page.cursor;
      await between();
    }
  } catch (error) {
    if (!(error instanceof SystemError) || error.kind !== 'cursor-lost') throw error;
    reach.log.warn('cursor-lost', { system: reach.system, stream: name, reason: error.message });
    // Kept before the cursor is dropped: whoever is killed in between must not forget to look for what was deleted.
    if (source.scan !== undefined) await beginScanAnew(reach, stream);
    await setCursor(reach, stream, null);
    return 'cursor-lost';
  }
  memory.activity.pulledAt = reach.clock.now();
  memory.activity.asOf = readAt;
  return 'done';
}

/** One that was interrupted is of no use: what it has passed may have been deleted since. */
async function beginScanAnew({ store, clock }: SystemReach, { binding, stream, memory }: EngineStream): Promise<void> {
  const last = await loadScanState(store, binding);
  const way = stream.digest === undefined ? 'scan' : 'digest';
  const anew = { mapping: binding.mapping, way, repairs: true, now: clock.now() } as const;
  await saveScanState(store, binding, { state: begunAnew(last, anew) });
  memory.unfinished.add('scan');
}

/** Sets the cursor of `changes`; null: from the beginning. */
export async function setCursor(reach: SystemReach, stream: EngineStream, cursor: JsonValue): Promise<void> {
  await reach.store.write({ scope: 'main' }, () => ({
    cursor: { system: reach.system, stream: stream.name, kind: 'changes', cursor },
    result: undefined,
  }));
}

/** Refuses a page that is none, before its parts are looked at. */
export function checkPage(page: Page): Page {
  if (page === null || typeof page !== 'object' || !Array.isArray(page.changes)) {
    throw new TypeError('The connector gave a page without a list of changes.');
  }
  return page;
}

async function* none(): AsyncIterable<Page> {}
