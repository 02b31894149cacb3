import type { Plant } from './plant.ts';

const OUTBOX = 'apps/sync-server/src/store/sqlite/outbox.ts';
const LANES = 'apps/sync-server/src/store/work/lanes.ts';

/** Bugs between the server and external systems. */
export const RECONCILE_PLANTS: readonly Plant[] = [
  {
    name: 'echo',
    about: 'What came from a system is not remembered as agreed with it, and goes back to it.',
    file: 'apps/sync-server/src/reconcile/merge-record.ts',
    find: 'const moved: Link = { ...link, key: record.key, base, recordVersion',
    replace: 'const moved: Link = { ...link, key: record.key, base: always ? base : link.base, recordVersion',
  },
  {
    name: 'blind-repeat',
    about: 'A write that may have been carried out is repeated without asking.',
    file: 'apps/sync-server/src/reconcile/push.ts',
    find: `if (item === null && !(write.op === 'create' && source.traits.creates === 'unsafe')) return 'repeat';`,
    replace: `if (item === null || item.key !== '') return 'repeat';`,
  },
  {
    name: 'sent-forgotten',
    about: 'Rows that were sent when the server died are never looked at again.',
    file: OUTBOX,
    find: 'recover: (system: string | null): number => recover.run({ system }).changes,',
    replace: `recover: (system: string | null): number => (system === '' ? recover.run({ system }).changes : 0),`,
  },
  {
    name: 'unsettled-forgotten',
    about: 'Rows that could not be settled wait for the next change.',
    file: 'apps/sync-server/src/reconcile/system-times.ts',
    find: 'reach.memory.leftSent ? now + PUSH_AGAIN_MS : Infinity',
    replace: 'Infinity',
    rare: true,
  },
  {
    name: 'edit-joins-sent',
    about: 'An edit between the reading of a document and its sending is taken for sent.',
    file: LANES,
    find: 'if (newest === null || newest === version) return { lane: row, behind: false };',
    replace: 'if (newest !== undefined) return { lane: row, behind: false };',
  },
  {
    name: 'mark-lost',
    about: 'With a write that has ended, the mark of an edit goes that was made meanwhile.',
    file: LANES,
    find: `if (row.state !== 'ready' || isAt(tables, row, settle.version)) lanes.remove(settle.seq);`,
    replace: `lanes.removeMarks(row, settle.seq);
    if (row.state !== 'ready' || isAt(tables, row, settle.version)) lanes.remove(settle.seq);`,
  },
  {
    name: 'stale-read',
    about: 'A reading that began before a write of ours ended is believed.',
    file: 'apps/sync-server/src/reconcile/draft.ts',
    find: 'return readAtOf(reading, link.key) < link.syncedAt && link.syncedAt <= current.now;',
    replace: 'return readAtOf(reading, link.key) < link.syncedAt && link.syncedAt <= current.now && link.syncedAt < 0;',
  },
  {
    name: 'future-write-kept',
    about: 'A write that a wrong clock noted for a later time makes every reading until then count as too early.',
    file: 'apps/sync-server/src/reconcile/draft.ts',
    find: 'return readAtOf(reading, link.key) < link.syncedAt && link.syncedAt <= current.now;',
    replace: 'return readAtOf(reading, link.key) < link.syncedAt && current.now > 0;',
  },
  {
    name: 'in-flight-read',
    about: 'A reading during a write of ours is believed.',
    file: 'apps/sync-server/src/reconcile/decide-record.ts',
    find: 'return !reading.settling && (current.inFlight(link) || isStale(draft, link));',
    replace: 'return !reading.settling && isStale(draft, link);',
  },
  {
    name: 'unguarded',
    about: 'Writes do not say which version of the record they were made from.',
    file: 'apps/sync-server/src/reconcile/make-write.ts',
    find: 'return traits.guarded && link.recordVersion !== null ? { ifVersion: link.recordVersion } : {};',
    replace: 'return traits.guarded && link.recordVersion === null ? {} : {};',
  },
  {
    name: 'clock-trust',
    about: 'A timer that is under way when the clock is put back waits for the old time.',
    file: 'apps/sync-server/src/reconcile/timers.ts',
    find: 'left = Math.min(left - (passed < 0 ? sleep : passed), at - clock.now());',
    replace: 'left = passed < 0 ? at - clock.now() : at - clock.now();',
  },
  {
    name: 'wrong-clock-kept',
    about: 'A time that a wrong clock noted for the next attempt is waited for.',
    file: 'apps/sync-server/src/clock.ts',
    find: 'return time <= now || time > now + LONGEST_WAIT_MS;',
    replace: 'return time <= now;',
  },
];
