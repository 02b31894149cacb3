// Runs writer.ts, which Node 20 cannot, through the transformer that the tests themselves run through.
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const vite = await createViteServer({
  root,
  configFile: `${root}/vitest.config.ts`,
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
const { writeItems } = await vite.ssrLoadModule(fileURLToPath(new URL('./writer.ts', import.meta.url)));
await vite.close();
await writeItems(...process.argv.slice(2));
