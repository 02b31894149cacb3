import { expect, test } from 'vitest';
import { ownerOf, sharesOf } from './owners.ts';

const ROOT = 'file:///home/me/datastores';

test.each([
  ['write', `${ROOT}/packages/node/dist/storage/write.js`, 3, '@datastores/node'],
  ['applyPage', `${ROOT}/packages/core/src/replication/apply-page.ts`, 3, '@datastores/core'],
  ['pull', `${ROOT}/apps/sync-server/dist/replication/pull.js`, 3, '@datastores/sync-server'],
  ['fn', `${ROOT}/node_modules/rxdb/dist/esm/doc-cache.js`, 3, 'rxdb'],
  ['link', `${ROOT}/node_modules/@trpc/client/dist/index.mjs`, 3, '@trpc/client'],
  ['inner', `${ROOT}/node_modules/a/node_modules/b/index.js`, 3, 'b'],
  ['transaction', `${ROOT}/node_modules/better-sqlite3/lib/methods/transaction.js`, 3, 'SQLite (better-sqlite3)'],
  ['run', '', -1, 'SQLite (better-sqlite3)'],
  ['parseJson', `${ROOT}/test/dist/bench/profile/named-json.js`, 3, 'JSON (V8)'],
  ['sync', `${ROOT}/test/dist/bench/ours/sync-process.js`, 3, 'the bench itself'],
  ['validate10', '', 2, 'ajv'],
  ['writev', '', -1, 'built-in functions and system calls'],
  ['constructor', '', -1, 'built-in functions and system calls'],
  ['emit', 'node:events', 3, 'node'],
  ['(garbage collector)', '', -1, 'garbage collector'],
  ['(idle)', '', -1, 'idle'],
])('%s of "%s" at line %i belongs to %s', (...[functionName, url, lineNumber, owner]) => {
  expect(ownerOf({ functionName, url, lineNumber })).toBe(owner);
});

test('the time of every sample is added up by owner and by function, the greatest first', () => {
  const frame = (functionName: string, url: string) => ({
    functionName,
    url,
    lineNumber: 4,
    scriptId: '1',
    columnNumber: 0,
  });
  const shares = sharesOf({
    startTime: 0,
    endTime: 10_000,
    nodes: [
      { id: 1, callFrame: { ...frame('(idle)', ''), lineNumber: -1 } },
      { id: 2, callFrame: frame('fn', `${ROOT}/node_modules/rxdb/dist/esm/doc-cache.js`) },
      { id: 3, callFrame: frame('other', `${ROOT}/node_modules/rxdb/dist/esm/rx-query.js`) },
    ],
    samples: [1, 2, 2, 3],
    timeDeltas: [1_000, 2_000, 3_000, 1_500],
  });

  expect(shares.owners).toEqual([
    { owner: 'rxdb', ms: 6.5 },
    { owner: 'idle', ms: 1 },
  ]);
  expect(shares.functions).toEqual([
    { name: 'fn rxdb/dist/esm/doc-cache.js:5', ms: 5 },
    { name: 'other rxdb/dist/esm/rx-query.js:5', ms: 1.5 },
  ]);
});
