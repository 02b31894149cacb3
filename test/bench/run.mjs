// `npm run bench`: installs and builds what is missing, then runs the compiled bench. Plain JavaScript, so that it runs on
// a fresh clone.
import { build, installNodeModules, SetupError } from '../../.ci/install.mjs';

try {
  await installNodeModules();
  await build();
  const { runBench } = await import('../dist/bench/main.js');
  process.exitCode = await runBench(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
