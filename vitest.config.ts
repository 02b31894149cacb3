import { defineConfig } from 'vitest/config';

const conditions = ['@datastores/source'];

/** What RxDB's own tests import, in place of two packages that would bring sixty others along. */
const NEEDS_OF_RXDB_TESTS: Readonly<Record<string, string>> = {
  clone: 'export default (value) => structuredClone(value);',
  'async-test-util': `
    export { setTimeout as wait } from 'node:timers/promises';
    export const randomString = () => Math.random().toString(36).slice(2, 7);`,
};

const needsOfRxdbTests = {
  name: 'needs-of-rxdb-tests',
  enforce: 'pre' as const,
  resolveId: (id: string) => (id in NEEDS_OF_RXDB_TESTS ? `\0${id}` : null),
  load: (id: string) => NEEDS_OF_RXDB_TESTS[id.slice(1)] ?? null,
};

export default defineConfig({
  plugins: [needsOfRxdbTests],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [...conditions, 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    server: { deps: { inline: [/rxdb\/dist\/esm\/plugins\/test-utils/] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
