import { applyPage } from './apply-page.ts';
import type { ReadItem } from './read-item.ts';
import { READ_KEYS, readKeys } from './recheck.ts';
import type { Brake, ScanOptions } from './scan-state.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** So many deletions are never a mass, however few records there are. */
const FEW_DELETES = 5;

/**
 * Reads every record again that the scan did not see, and deletes the documents of those that are gone. If too many are,
 * nothing is deleted: a system that answers wrongly looks the same as one where everything was deleted.
 */
export async function sweepStream(
  reach: SystemReach,
  stream: EngineStream,
  options: ScanOptions,
): Promise<Brake | null> {
  const readAt = reach.clock.now();
  const living = await countLinks(reach, stream);
  const share = stream.binding.maxDeletes ?? 0.1;
  const most = options.allowMassDelete ? Infinity : Math.max(FEW_DELETES, Math.floor(living * share));
  const absent: ReadItem[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const keys = await unseenKeys(reach, stream, after);
    after = keys.length < READ_KEYS ? undefined : keys.at(-1);
    if (keys.length === 0) break;
    const { readAt: at, items } = await readKeys(reach, stream, keys);
    absent.push(...items.filter(({ is }) => is === 'gone'));
    if (absent.length > most) return { absent: absent.length, living, at: reach.clock.now() };
    const present = items.filter(({ is }) => is !== 'gone');
    await applyPage(reach, stream, { items: present, reading: { readAt: at, exact: true }, goneProven: false });
    await options.between();
  }
  await applyPage(reach, stream, { items: absent, reading: { readAt, exact: true }, goneProven: true });
  return null;
}

async function unseenKeys(reach: SystemReach, stream: EngineStream, after: string): Promise<readonly string[]> {
  const unseen = { unseenBefore: stream.memory.generation, afterKey: after, limit: READ_KEYS };
  const links = await reach.store.links({ system: reach.system, stream: stream.name, ...unseen });
  return links.flatMap(({ key }) => (key === null ? [] : [key]));
}

async function countLinks({ store, system }: SystemReach, { name }: EngineStream): Promise<number> {
  const { links } = await store.summary();
  return links.find((count) => count.system === system && count.stream === name)?.links ?? 0;
}
