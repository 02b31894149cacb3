// Bundles the till: two pages, and the service worker with the list of all files that make it work without a network.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'vite';

const root = import.meta.dirname;
const outDir = join(root, '../dist/till');
const shared = { root, configFile: false, logLevel: 'warn', resolve: { conditions: ['module', 'browser', 'import'] } };

await build({
  ...shared,
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { input: { index: join(root, 'index.html'), till: join(root, 'till.html') } },
  },
});

await build({
  ...shared,
  publicDir: false,
  define: { __PRECACHE__: JSON.stringify(listFiles()), 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir,
    emptyOutDir: false,
    lib: {
      entry: join(root, 'src/service-worker.ts'),
      formats: ['iife'],
      name: 'worker',
      fileName: () => 'service-worker.js',
    },
  },
});

/** The revision changes with the content, so that a new build replaces what an installed till has. */
function listFiles() {
  return readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      url: relative(outDir, file).split(sep).join('/'),
      revision: createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16),
    }));
}
