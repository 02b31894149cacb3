import { applyPage } from './apply-page.ts';
import type { Between } from './pull.ts';
import { type ReadItem, readItem } from './read-item.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** Most keys of one point read. */
export const READ_KEYS = 100;

/** Most keys that one run reads again. */
const RUN_KEYS = 1_000;

/** How long records that cannot be decided yet are left alone: each time twice as long, until a write is settled. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/**
 * Reads records again whose last reading proved nothing, e.g. because a write of ours was under way. Returns after how
 * many milliseconds to do so again for what is left; null: nothing is.
 */
export async function recheckStream(
  reach: SystemReach,
  stream: EngineStream,
  between: Between,
): Promise<number | null> {
  const { memory, name } = stream;
  memory.recheckDue = false;
  const keys = await keysToRead(reach, stream);
  for (let start = 0; start < keys.length; start += READ_KEYS) {
    const { readAt, items } = await readKeys(reach, stream, keys.slice(start, start + READ_KEYS));
    await applyPage(reach, stream, { items, reading: { readAt, exact: true, rechecking: true }, goneProven: true });
    await between();
  }
  const left = keys.length === 0 ? [] : await keysToRead(reach, stream);
  if (left.length === 0) {
    memory.recheckDelayMs = 0;
    return null;
  }
  const before = new Set(keys);
  reach.log.debug('recheck-left', { system: reach.system, stream: name, keys: left.length });
  memory.recheckDue = false;
  const progress = left.length < keys.length || left.some((key) => !before.has(key));
  memory.recheckDelayMs = progress
    ? 0
    : Math.min(LONGEST_DELAY_MS, Math.max(FIRST_DELAY_MS, memory.recheckDelayMs * 2));
  return memory.recheckDelayMs;
}

/** Reads records by their keys; a key that is absent from the answer is gone. */
export async function readKeys(
  reach: SystemReach,
  stream: EngineStream,
  keys: readonly string[],
): Promise<{ readonly readAt: number; readonly items: readonly ReadItem[] }> {
  const readAt = reach.clock.now();
  const found = await reach.calls.call((context) => stream.stream.get(keys, context));
  const items = keys.map((key): ReadItem => {
    const item = found.get(key);
    return item === undefined ? { is: 'gone', key } : readItem({ ...item, key });
  });
  return { readAt, items };
}

async function keysToRead(reach: SystemReach, { name, memory }: EngineStream): Promise<readonly string[]> {
  const keys = await reach.store.rechecks(reach.system, name, memory.parked.size + RUN_KEYS);
  return keys.filter((key) => !memory.parked.has(key));
}
