import type { Plant } from '../../simulate/plants/plant.ts';
import { PLANTS } from '../../simulate/plants/plants.ts';

const REPLICA_COMMITS = 'packages/node/src/storage/commits.ts';

/** Bugs that only a real process, a real disk or a real line brings to light. */
const OWN: readonly Plant[] = [
  {
    name: 'commit-later',
    about: 'A local write is acknowledged while its transaction is still open.',
    file: REPLICA_COMMITS,
    find: '      end();\n      tellAll();\n      return result;\n    });\n  }\n',
    replace:
      '      timer ??= setTimeout(flushQuietly, LONGEST_WAIT_MS);\n      tellAll();\n      return result;\n    });\n  }\n',
  },
  {
    name: 'push-in-memory',
    about: 'The server acknowledges a push and commits it half a second later.',
    file: 'apps/sync-server/src/store/sqlite/group-commit.ts',
    find: `      statements.begin.run();
      members = 0;
      const group = startGroup(options.scopes, options.clock());
      for (const member of queue) {
        if (!fits(group, member)) break;
        members += 1;
        settled.push(runMember(group, member));
      }
      const commit = group.seal();
      statements.commit.run();
`,
    replace: `      if (!database.inTransaction) {
        statements.begin.run();
        setTimeout(() => statements.commit.run(), 500);
      }
      members = 0;
      const group = startGroup(options.scopes, options.clock());
      for (const member of queue) {
        if (!fits(group, member)) break;
        members += 1;
        settled.push(runMember(group, member));
      }
      const commit = group.seal();
`,
  },
  {
    name: 'checkpoint-long-first',
    about: 'The checkpoint of a page is durable some time before its rows are.',
    file: 'packages/core/src/replication/pull.ts',
    find: '  await applyPage({ ...target, generations: state.generations }, rows, writes);\n',
    replace: `  await target.journal.put([{ ...state, checkpoint: page.checkpoint }]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await applyPage({ ...target, generations: state.generations }, rows, writes);
`,
  },
  {
    name: 'failure-swallowed',
    about: 'A commit that the disk has refused is taken for done.',
    file: REPLICA_COMMITS,
    find: '      abandon();\n      throw error;\n    }\n  }\n\n  function abandon',
    replace: '      abandon();\n      losses = 0;\n    }\n  }\n\n  function abandon',
  },
  {
    name: 'waits-for-ever',
    about: 'After a failure everything is tried again in an hour.',
    file: 'packages/core/src/backoff.ts',
    find: 'Math.round(options.random() * ceiling)',
    replace: 'Math.round(3_600_000 + options.random() * ceiling)',
  },
  {
    name: 'copy-keeps-id',
    about: 'A copy goes on under the id of the replica that it was made of.',
    file: 'packages/core/src/replica/mark-copied.ts',
    find: "current && { ...current, state: 'copied' }",
    replace: 'current && { ...current }',
  },
  {
    name: 'copy-unnoticed',
    about: 'A database is taken for the one that the replica was last open on, whichever it is.',
    file: 'packages/node/src/salvage/identity-file.ts',
    find: 'return mark === null || isAnother(',
    replace: 'return false && isAnother(',
  },
  {
    name: 'migration-half-done',
    about: 'A migration that was broken off is taken for done.',
    file: 'packages/core/src/replica/migrate.ts',
    find: '  if (!(await state.mustMigrate)) return;\n',
    replace: `  const begun = await collection.database.internalStore.findDocumentsById([state.statusDocId], false);
  if (!(await state.mustMigrate) || begun.length > 0) return;
`,
  },
];

/** All bugs that are planted in controls: those of the simulation, and some more. */
export const CHAOS_PLANTS: readonly Plant[] = [...OWN, ...PLANTS];
