// `npm start`: installs and builds what is missing, then runs the demo. Plain JavaScript, so that it runs on a fresh clone.
import { build, installNodeModules, SetupError } from '../../.ci/install.mjs';

try {
  await installNodeModules();
  await build();
  const { runDemo } = await import('../dist/demo/main.js');
  process.exitCode = await runDemo(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
