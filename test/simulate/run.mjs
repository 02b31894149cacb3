// `npm run simulate`: installs what is missing, makes JavaScript of the simulation and the sources that it runs, and runs
// it. Plain JavaScript, so that it runs on a fresh clone.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installNodeModules, ROOT, SetupError } from '../../.ci/install.mjs';

const folder = join(ROOT, `test/dist/programs/simulate-${process.pid}`);

try {
  await installNodeModules();
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    ssr: { external: true },
    build: {
      ssr: join(ROOT, 'test/simulate/main.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  const { runSimulate } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
  process.exitCode = await runSimulate(process.argv.slice(2), { root: ROOT, folder });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
