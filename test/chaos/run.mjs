// `npm run chaos`: installs what is missing, makes JavaScript of the run and of the sources that its processes run, and
// runs it. Plain JavaScript, so that it runs on a fresh clone.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installNodeModules, ROOT, SetupError } from '../../.ci/install.mjs';

const folder = join(ROOT, `test/dist/programs/chaos-${process.pid}`);

try {
  await installNodeModules();
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    ssr: { external: true },
    build: {
      ssr: join(ROOT, 'test/chaos/main.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs' } },
    },
  });
  const { runChaos } = await import(pathToFileURL(join(folder, 'main.mjs')).href);
  process.exitCode = await runChaos(process.argv.slice(2), { root: ROOT, folder });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
