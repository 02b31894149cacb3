import type { Plant } from './plant.ts';

const DECIDE = 'apps/sync-server/src/replication/decide.ts';
const LINEAGE =
  '  if (stored.author === change.replica && stored.base === change.base) return succeed(input, stored);\n';

/** Bugs in what the server makes of pushed changes. */
export const PUSH_PLANTS: readonly Plant[] = [
  {
    name: 'naive-ack',
    about: 'A push is taken only if the stored version is the one it was made from.',
    file: DECIDE,
    find: LINEAGE,
    replace: `  if (!stored.deleted) return changeConflict('Not made from what is stored.');\n`,
  },
  {
    name: 'already-applied',
    about: 'A push is taken if the stored version is the one it was made from, or what is stored is what it says.',
    file: DECIDE,
    find: LINEAGE,
    replace: `  if (!stored.deleted && change.document !== null && sameJson(stored.document(), change.document)) {
    return { kind: 'settled', version: stored.version };
  }
  if (!stored.deleted) return changeConflict('Not made from what is stored.');\n`,
  },
  {
    name: 'counter-twice',
    about: 'What a replica was credited on a counter is forgotten when its next push from the same base comes.',
    file: 'apps/sync-server/src/replication/counters.ts',
    find: 'return credit !== null && credit.base === change.base ? credit.amounts : {};',
    replace: 'return credit === null && change.base === null ? {} : {};',
  },
  {
    name: 'late-push-wins',
    about: 'A copy of a push that arrives late is taken for a new one.',
    file: DECIDE,
    find: `  if (age === 'older') return comeLate(input, stored);\n`,
    replace: '',
  },
  {
    name: 'edit-revives',
    about: 'A change of a document that was deleted meanwhile inserts it anew.',
    file: DECIDE,
    find: '  if (change.base !== null) return documentDeleted(change);\n  // The replica wrote',
    replace: '  // The replica wrote',
  },
  {
    name: 'insert-revives',
    about: 'A repeated insert of a document that was deleted meanwhile brings it back.',
    file: DECIDE,
    find: 'const repeated = credit !== null && !isMadeAfter(input, stored);',
    replace: 'const repeated = false;',
  },
  {
    name: 'repeat-wins',
    about: 'What comes once more beside a newer edit overwrites what others made of it since.',
    file: DECIDE,
    find: 'if (states.length === 0) return open;',
    replace: 'if (states.length >= 0) return open;',
  },
  {
    name: 'silent-merge',
    about: 'Conflicts are decided and not recorded.',
    file: 'apps/sync-server/src/replication/history-of-push.ts',
    find: 'return decisions.map(({ field',
    replace: 'return decisions.slice(0, 0).map(({ field',
  },
  {
    name: 'half-silent-merge',
    about: 'Conflicts are not recorded where another part of the change was there already.',
    file: DECIDE,
    find: `{ kind: 'settled', version: stored.version, decisions: merged.decisions }`,
    replace: `{ kind: 'settled', version: stored.version }`,
  },
];
