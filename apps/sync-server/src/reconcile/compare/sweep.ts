import { applyPage } from '../apply-page.ts';
import { createKnownReferences } from '../ids.ts';
import { mapRecords } from '../map-records.ts';
import type { ReadItem } from '../read-item.ts';
import { READ_KEYS, readKeys } from '../recheck.ts';
import type { Brake } from '../scan-state.ts';
import { judge } from './look-again.ts';
import { bytesOf } from './record-bytes.ts';
import { MISSED } from './repair.ts';
import type { Run } from './run.ts';

/**
 * Reads every record again that was not seen, and deletes the documents of those that are gone. If too many are, nothing
 * is deleted: a system that answers wrongly looks the same as one where everything was deleted.
 */
export async function sweepUnseen(run: Run): Promise<Brake | null> {
  const { reach, stream } = run;
  const readAt = reach.clock.now();
  const absent: ReadItem[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const keys = await unseenKeys(run, after);
    after = keys.length < READ_KEYS ? undefined : keys.at(-1);
    if (keys.length === 0) break;
    const { readAt: at, items } = await readKeys(reach, stream, keys);
    run.tally.spend({ calls: 1, records: items.filter(({ is }) => is !== 'gone').length, bytes: bytesOf(items) });
    await count(run, items);
    absent.push(...items.filter(({ is }) => is === 'gone'));
    if (absent.length > run.most) return { absent: absent.length, living: run.living, at: reach.clock.now() };
    const present = items.filter(({ is }) => is !== 'gone');
    await applyPage(reach, stream, { items: present, reading: { readAt: at, exact: true }, goneProven: false });
    await run.between();
  }
  await applyPage(reach, stream, { items: absent, reading: { readAt, exact: true }, goneProven: true });
  return null;
}

async function unseenKeys({ reach, stream, state }: Run, after: string): Promise<readonly string[]> {
  // By digests only those are noted that were missed; all others were not looked for.
  const unseenBefore = state.way === 'digest' ? MISSED + 1 : stream.memory.generation;
  const unseen = { unseenBefore, afterKey: after, limit: READ_KEYS };
  const links = await reach.store.links({ system: reach.system, stream: stream.name, ...unseen });
  return links.flatMap(({ key }) => (key === null ? [] : [key]));
}

async function count(run: Run, items: readonly ReadItem[]): Promise<void> {
  const { reach, stream } = run;
  const known = createKnownReferences(reach.store, reach.bindings);
  const mapped = await mapRecords(stream.binding, items, known);
  const keys = mapped.map(({ key }) => key);
  const linked = await reach.store.linked({ system: reach.system, stream: stream.name, keys });
  const rows = new Map(linked.map((row) => [row.link.key, row]));
  for (const one of mapped) {
    const drift = judge(run, one, rows.get(one.key));
    if (drift !== null) run.tally.add(drift);
    else run.tally.same(1);
  }
}
