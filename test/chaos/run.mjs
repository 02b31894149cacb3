// `npm run chaos`: installs and builds what is missing, then runs the compiled faults. Plain JavaScript, so that it runs on
// a fresh clone.
import { build, installNodeModules, SetupError } from '../../.ci/install.mjs';

try {
  await installNodeModules();
  await build();
  const { runChaos } = await import('../dist/chaos/main.js');
  process.exitCode = await runChaos(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
