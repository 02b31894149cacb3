import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { insert, item } from '../../suites/storage/item.ts';
import { openSqlitePlace } from './sqlite-place.ts';

const FAILURES = { 'is missing': 'MODULE_NOT_FOUND', 'was built for another version of Node': 'ERR_DLOPEN_FAILED' };

// A file of its own: better-sqlite3 keeps the binding for the life of the process once it has found it.
test('a native binding that cannot be loaded is told with what to do, and the next attempt may succeed', async () => {
  await using place = await openSqlitePlace();
  for (const [what, code] of Object.entries(FAILURES)) {
    using _without = refuseNativeModules(code);
    const opening = place.open();
    await expect(opening, what).rejects.toMatchObject({
      name: 'DatastoreError',
      code: 'SQLITE_MISSING',
      retryable: false,
    });
    await expect(opening, what).rejects.toThrow(/npm rebuild better-sqlite3.*install script/);
  }
  await insert(await place.open(), [item('a')]);
});

/** Makes loading any native module fail as Node does it. */
function refuseNativeModules(code: string): Disposable {
  const { extensions } = createRequire(import.meta.url);
  const load = extensions['.node'];
  extensions['.node'] = () => {
    throw Object.assign(new Error('The module cannot be loaded'), { code });
  };
  return {
    [Symbol.dispose]() {
      extensions['.node'] = load;
    },
  };
}
