import type { Plant } from './plant.ts';

const CHECKPOINT = 'apps/sync-server/src/replication/checkpoint.ts';
const PULL = 'apps/sync-server/src/replication/pull.ts';

/** Bugs in the store and in what the server tells replicas. */
export const FEED_PLANTS: readonly Plant[] = [
  {
    name: 'checkpoint-gte',
    about: 'A page begins one row too late.',
    file: PULL,
    find: 'after: from?.epoch === store.epoch ? from.seq : 0,',
    replace: 'after: from?.epoch === store.epoch && from.seq > 0 ? from.seq + 1 : 0,',
  },
  {
    name: 'filter-after-limit',
    about: 'A page that is full says that there is no more.',
    file: PULL,
    find: '    hasMore = feed.hasMore;\n',
    replace: '    hasMore = false;\n',
  },
  {
    name: 'ignore-tag',
    about: 'A store that went back and forth again is taken for the same.',
    file: CHECKPOINT,
    find: `return stored === tag ? null : 'diverged';`,
    replace: 'return stored === tag ? null : null;',
  },
  {
    name: 'acknowledged-unseen',
    about: 'A store that was restored to between a pull and an acknowledged push is taken for the same.',
    file: CHECKPOINT,
    find: 'for (const positions of [known.checkpoint, known.acknowledged]) {',
    replace: 'for (const positions of [known.checkpoint]) {',
  },
  {
    name: 'unknown-at-home',
    about:
      'A document that is nowhere any more is looked for in the first scope of its writer, whose tombstones are others.',
    file: 'apps/sync-server/src/replication/push.ts',
    find: 'return from !== undefined && access.allows(from) ? from : home;',
    replace: 'return home;',
  },
  {
    name: 'held-unseen',
    about: 'An insert whose answer was lost is taken for a new one, once its deletion by others has been pulled.',
    file: 'apps/sync-server/src/replication/decide.ts',
    find: 'return pulledTo >= stored.seq && change.held === undefined;',
    replace: 'return pulledTo >= stored.seq;',
  },
  {
    name: 'start-forgotten',
    about: 'A first pull of several pages is told again and again that tombstones are gone which it never needed.',
    file: CHECKPOINT,
    find: '= position.begun ?? position;',
    replace: '= position;',
  },
  {
    name: 'gc-too-early',
    about: 'Tombstones are removed that replicas may still need.',
    file: 'apps/sync-server/src/store/sqlite/compact.ts',
    find: 'and document.seq <= scope_head.floor and document.deleted = 1',
    replace: 'and document.deleted = 1',
  },
  {
    name: 'mailbox-drops-last',
    about: 'What is committed while another commit waits to be told is not told.',
    file: 'apps/sync-server/src/replication/changes.ts',
    find: '    if (mailbox.add(change)) wake();\n',
    replace: '    if (!mailbox.isWaiting && mailbox.add(change)) wake();\n',
  },
  {
    name: 'foreign-poke',
    about: 'Streams are told of commits in scopes that their caller may not see.',
    file: 'apps/sync-server/src/replication/live-feed.ts',
    find: 'const interested = listeners.get(advance.scope);',
    replace: 'const interested = new Set([...listeners.values()].flatMap((all) => [...all]));',
  },
  {
    name: 'early-commit-ack',
    about: 'Writes are acknowledged before their transaction is committed.',
    file: 'apps/sync-server/src/store/sqlite/group-commit.ts',
    find: '      statements.commit.run();\n      queue = queue.slice(members);\n      for (const settle of settled) settle();\n',
    replace:
      '      for (const settle of settled) settle();\n      statements.commit.run();\n      queue = queue.slice(members);\n',
  },
  {
    name: 'dropped-not-told',
    about: 'A replica that lost a scope is not told so.',
    file: PULL,
    find: 'dropped: [...lostScopes(request, access)],',
    replace: 'dropped: lostScopes(request, access).slice(1),',
  },
  {
    name: 'number-twice',
    about: 'The counter of a scope skips a number when several documents are written together.',
    file: 'apps/sync-server/src/store/work/write-job.ts',
    find: 'const last = tables.scopes.raise(scope, writes.length);',
    replace: 'const last = tables.scopes.raise(scope, writes.length > 1 ? writes.length + 1 : 1);',
  },
];
