// `npm test`: installs what is missing, builds, lints, checks types, runs the tests, and says how many passed.
// With arguments (`npm test -- test/core`) they go to vitest, and lint and type check are left out.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import {
  bin,
  build,
  childEnvironment,
  DEBIAN_PACKAGES,
  installDebianPackages,
  installNodeModules,
  ROOT,
  SetupError,
} from '../.ci/install.mjs';

const NORTHWIND_FILE = join(ROOT, '../shared/data/northwind.sql');
const strict = process.env.CI === 'true';
const selection = process.argv.slice(2);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

async function main() {
  await installNodeModules();
  const missing = await installDebianPackages(DEBIAN_PACKAGES.tests);
  if (missing.length > 0 && strict) {
    throw new SetupError(`Under CI=true every test must run, and these packages are missing: ${missing.join(', ')}.`);
  }
  await build();
  const problems = [];
  if (selection.length === 0) {
    const lint = await run('Lint', 'biome', ['ci', '.']);
    if (lint !== 0) problems.push('Lint failed; npm run format corrects most of what it reports.');
    const types = await run('Types', 'tsc', ['-b']);
    if (types !== 0) problems.push('The type check failed.');
  }
  return runTests(problems);
}

async function runTests(problems) {
  const folder = mkdtempSync(join(tmpdir(), 'datastores-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await run('Tests', 'vitest', ['run', ...reporters, ...selection]);
    if (!existsSync(report)) throw new SetupError('vitest ended without a report.');
    if (code !== 0) problems.push('vitest reported errors, see above.');
    return judge(JSON.parse(readFileSync(report, 'utf8')), problems);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the closing line; 0 only if all that had to run ran and passed. */
function judge(report, problems) {
  // A file that cannot be loaded has no tests that could fail, and must count all the same.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(notFailed),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => `${relative(ROOT, file.name)}: ${fullName}`),
  );
  const forbidden = strict && selection.length === 0 ? skipped.filter((name) => !mayBeSkipped(name)) : [];
  for (const name of skipped) console.log(`skipped  ${name}`);
  if (forbidden.length > 0) problems.push(`Under CI=true a skipped test is a failure: ${forbidden.length} skipped.`);
  for (const problem of problems) console.log(problem);
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(`\n${report.numPassedTests} passed, ${failed + forbidden.length} failed${tail}`);
  return problems.length === 0 && failed === 0 ? 0 : 1;
}

function notFailed({ status }) {
  return status !== 'failed';
}

/** The Northwind sample is not part of the repository; without its file its test cannot run. */
function mayBeSkipped(name) {
  return /northwind/i.test(name) && !existsSync(NORTHWIND_FILE);
}

function run(title, program, args) {
  console.log(`\n── ${title}: ${program} ${args.filter((arg) => !arg.startsWith('--')).join(' ')}`);
  const child = spawn(bin(program), args, { cwd: ROOT, stdio: 'inherit', env: childEnvironment() });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
}
