// Runs `main` of a TypeScript file, which Node 20 cannot read, through the transformer that the tests themselves run through.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [file, ...args] = process.argv.slice(2);
const vite = await createViteServer({
  root,
  configFile: `${root}/vitest.config.ts`,
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
const { main } = await vite.ssrLoadModule(file);
await vite.close();
await main(...args);
