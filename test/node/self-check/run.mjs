// `npm run self-check`: installs what is missing, corrupts a replica in many ways and holds what one check finds, repairs
// and exchanges to its promises. Plain JavaScript, so that it runs on a fresh clone.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bin, childEnvironment, installNodeModules, ROOT, SetupError } from '../../../.ci/install.mjs';

const USAGE = `Usage: npm run self-check -- [options]
  --documents N    documents of the replica (default 100000)
  --corruptions N  how many times its file is corrupted (default 1000)
  --seed N         from which the corruptions are made (default 1)
  --json           only the JSON line on standard output, the rest on standard error`;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError || error instanceof TypeError || error instanceof RangeError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      documents: { type: 'string', default: '100000' },
      corruptions: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const documents = wholeNumber('--documents', values.documents);
  const corruptions = wholeNumber('--corruptions', values.corruptions);
  const seed = wholeNumber('--seed', values.seed);
  if (documents < 2 * corruptions) throw new RangeError('There must be at least two documents for each corruption.');
  await installNodeModules();
  const folder = mkdtempSync(join(tmpdir(), 'datastores-self-check-'));
  try {
    const file = join(folder, 'figures.json');
    const code = await runTest(values.json, {
      SELF_CHECK_DOCUMENTS: documents,
      SELF_CHECK_CORRUPTIONS: corruptions,
      SELF_CHECK_SEED: seed,
      SELF_CHECK_FIGURES: file,
    });
    // Where a promise was broken the test ended before it wrote its figures.
    const figures = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { documents, corruptions };
    const ok = code === 0 && figures.found === figures.differing;
    console.log(JSON.stringify({ ok, seed, ...figures }));
    return ok ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTest(json, settings) {
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const child = spawn(bin('vitest'), ['run', 'test/node/self-check/corruptions.test.ts'], {
    cwd: ROOT,
    stdio: ['ignore', json ? process.stderr : 'inherit', 'inherit'],
    env: { ...childEnvironment(), ...environment },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
}

function wholeNumber(option, text) {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${option} must be a whole number from 1, not "${text}".`);
  }
  return value;
}
