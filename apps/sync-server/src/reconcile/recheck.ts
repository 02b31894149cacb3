import { applyPage } from './apply-page.ts';
import type { Between } from './pull.ts';
import { type ReadItem, readItem } from './read-item.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** Most keys of one point read. */
export const READ_KEYS = 100;

/** Most keys that one run reads again. */
const RUN_KEYS = 1_000;

/**
 * Reads records again whose last reading proved nothing, e.g. because a write of ours was under way. `again`: there is
 * more to do at once. `later`: what is left cannot be decided yet.
 */
export async function recheckStream(
  reach: SystemReach,
  stream: EngineStream,
  between: Between,
): Promise<'done' | 'again' | 'later'> {
  const { memory, name } = stream;
  memory.recheckDue = false;
  const keys = await keysToRead(reach, stream);
  for (let start = 0; start < keys.length; start += READ_KEYS) {
    const { readAt, items } = await readKeys(reach, stream, keys.slice(start, start + READ_KEYS));
    await applyPage(reach, stream, { items, reading: { readAt, exact: true, rechecking: true }, goneProven: true });
    await between();
  }
  const left = keys.length === 0 ? [] : await keysToRead(reach, stream);
  if (left.length === 0) return 'done';
  const before = new Set(keys);
  reach.log.debug('recheck-left', { system: reach.system, stream: name, keys: left.length });
  return left.length < keys.length || left.some((key) => !before.has(key)) ? 'again' : 'later';
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
