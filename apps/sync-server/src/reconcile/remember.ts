import type { Link } from '../store/link.ts';
import type { OutboxRow } from '../store/outbox.ts';
import { type Draft, recordName } from './draft.ts';
import { nameOf, referencesTo } from './ids.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** Takes over what a committed draft says into memory, and wakes what waited for its links. */
export async function remember(reach: SystemReach, stream: EngineStream, draft: Draft): Promise<void> {
  const { memory } = stream;
  for (const record of draft.quarantine) {
    reach.memory.quarantined.add(recordName(record));
    reach.log.warn('record-quarantined', { ...record, record: undefined });
  }
  for (const record of draft.released) reach.memory.quarantined.delete(recordName(record));
  for (const { key } of draft.rechecked) {
    memory.parked.delete(key);
    memory.unparked.delete(key);
  }
  for (const [key, references] of draft.parked) memory.parked.set(key, references.map(nameOf));
  if (draft.recheck.some(({ key }) => !draft.parked.has(key))) memory.recheckDue = true;
  for (const { event, key, reason } of draft.notes) {
    reach.log.warn(event, { system: reach.system, stream: stream.name, key, reason });
  }
  const { pulled } = memory.activity;
  pulled.written += draft.counts.written;
  pulled.deleted += draft.counts.deleted;
  pulled.unchanged += draft.counts.unchanged;
  await wake(reach, draft.links);
}

/** Lets go on what waited for one of these links: parked records, and rows of the outbox. */
async function wake(reach: SystemReach, links: readonly Link[]): Promise<void> {
  const streams = [...reach.streams.values()];
  if (reach.memory.waiting.size === 0 && streams.every(({ memory }) => memory.parked.size === 0)) return;
  const names = new Set(links.flatMap((link) => referencesTo(link).map(nameOf)));
  if (names.size === 0) return;
  for (const { memory } of streams) {
    for (const [key, references] of memory.parked) {
      if (!references.some((name) => names.has(name))) continue;
      memory.parked.delete(key);
      memory.unparked.add(key);
      memory.recheckDue = true;
    }
  }
  for (const { row, references } of [...reach.memory.waiting.values()]) {
    if (references.some((name) => names.has(name))) await release(reach, row);
  }
}

async function release(reach: SystemReach, row: OutboxRow): Promise<void> {
  const { seq, attempts } = row;
  const now = reach.clock.now();
  reach.memory.waiting.delete(seq);
  await reach.store.write({ scope: row.scope }, () => ({
    settle: [{ seq, state: 'ready', attempts, notBefore: now, error: null }],
    result: undefined,
  }));
}
