import type { Plant } from './plant.ts';

const SETTLE = 'packages/core/src/replication/settle-outcomes.ts';
const APPLY = 'packages/core/src/replication/apply-page.ts';
const LOCAL = 'packages/core/src/replica/local-write.ts';
const PULL = 'packages/core/src/replication/pull.ts';

/** Bugs in the replica. */
export const REPLICA_PLANTS: readonly Plant[] = [
  {
    name: 'lost-journal',
    about: 'A local write of a document is not journalled.',
    file: LOCAL,
    find: '    plan.write();\n    return direct.bulkWrite(',
    replace: '    if (rows.some((row) => row.previous === undefined)) plan.write();\n    return direct.bulkWrite(',
  },
  {
    name: 'early-local-ack',
    about: 'A local write resolves before it is durable.',
    file: LOCAL,
    find: `  const response = direct.transactions.now(() => {
    plan.write();
    return direct.bulkWrite(withVersions(rows, entries), context);
  });`,
    replace: `  const response = direct.transactions.later(() => {
    plan.write();
    return direct.bulkWrite(withVersions(rows, entries), context);
  }, direct.transactions.losses());`,
  },
  {
    name: 'ack-clears-newer',
    about: 'An acknowledgement takes an edit off the journal that was made after the push.',
    file: SETTLE,
    find: 'const edited = stored !== undefined && stored._rev !== pending.revision;',
    replace: 'const edited = stored !== undefined && pending.revision === undefined;',
  },
  {
    name: 'refusal-not-kept',
    about: 'A refused change is not put on the rejected list.',
    file: SETTLE,
    find: '    if (refused.length > 0) await target.journal.put(refused);\n',
    replace: '',
  },
  {
    name: 'overruled-not-told',
    about: 'An edit made while its push was under way is not told of where it loses against the answer.',
    file: SETTLE,
    find: '      if (overruled.length > 0) await target.journal.put(overruled);\n',
    replace: '',
  },
  {
    name: 'pull-over-edit',
    about: 'A pulled document replaces one with unpushed edits.',
    file: APPLY,
    find: 'const free = waiting.filter((row) => !edited.has(editKey(target.datastore, idOf(row))));',
    replace: 'const free = waiting;',
  },
  {
    name: 'checkpoint-first',
    about: 'The checkpoint of a page is durable before its rows are.',
    file: PULL,
    find: '  await applyPage({ ...target, generations: state.generations }, rows, writes);\n',
    replace: `  await target.journal.put([{ ...state, checkpoint: page.checkpoint }]);
  await applyPage({ ...target, generations: state.generations }, rows, writes);\n`,
  },
  {
    name: 'scope-kept',
    about: 'Documents of a scope that was lost stay.',
    file: PULL,
    find: '  for (const scope of page.dropped) await removeScope({ ...target, generations: state.generations }, scope);\n',
    replace: '',
  },
  {
    name: 'withdrawn-not-told',
    about: 'Edits that are dropped because their scope was lost are not put on the rejected list.',
    file: 'packages/core/src/replication/sweep.ts',
    find: '  await journal.put(rejected);\n',
    replace: '',
  },
  {
    name: 'reset-drops-edits',
    about: 'A reset removes documents with unpushed edits.',
    file: 'packages/core/src/replication/sweep.ts',
    find: '.filter((document) => !edited.has(editKey(target.datastore, document.id)) && !setAside.includes(document))',
    replace: '.filter((document) => !setAside.includes(document))',
  },
  {
    name: 'refused-deletion-known',
    about: 'A document whose deletion was refused with its scope counts as known when the scope comes back.',
    file: 'packages/core/src/replication/sweep.ts',
    find: 'const candidates = waiting.filter(matches);',
    replace: 'const candidates = waiting.filter((document) => !document._deleted && matches(document));',
  },
  {
    name: 'never-retries',
    about: 'After an exchange that failed nothing is tried again.',
    file: 'packages/core/src/replication/replicate.ts',
    find: '      if (retry !== null) pacer.wakeIn(retry);\n',
    replace: '',
  },
  {
    name: 'poke-skips',
    about: 'A poke that does not go on from where the replica is is followed all the same.',
    file: 'packages/core/src/replication/follow.ts',
    find: 'if (after === null || !isSame(at, after) || text === null || text === undefined) {',
    replace: 'if (text === null || text === undefined) {',
  },
];
