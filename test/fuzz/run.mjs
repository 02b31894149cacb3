// `npm run fuzz`: installs and builds what is missing, then runs the compiled requests and judges. Plain JavaScript, so that it runs on
// a fresh clone.
import { build, installNodeModules, SetupError } from '../../.ci/install.mjs';

try {
  await installNodeModules();
  await build();
  const { runFuzz } = await import('../dist/fuzz/main.js');
  process.exitCode = await runFuzz(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
