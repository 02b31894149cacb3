// What `npm start` and `npm test` need before anything else: node_modules, Debian packages, compiled packages.
// Plain JavaScript on Node's own modules, because on a fresh clone there is nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where Debian puts what its Python can import. */
const PYTHON = '/usr/lib/python3/dist-packages';

/** Debian packages by what needs them. `present` tells whether the package, or something as good, is there. */
export const DEBIAN_PACKAGES = {
  compiler: [
    { name: 'python3', present: () => onPath('python3') },
    { name: 'make', present: () => onPath('make') },
    { name: 'g++', present: () => onPath('g++') || onPath('clang++') },
  ],
  tests: [
    { name: 'postgresql', present: () => postgresServers().length > 0 || onPath('postgres') },
    // Without mariadb-server, which would start a server on port 3306.
    { name: 'mariadb-server-core', present: () => existsSync('/usr/sbin/mariadbd') || onPath('mariadbd') },
    { name: 'nats-server', present: () => onPath('nats-server') || existsSync('/usr/sbin/nats-server') },
    { name: 'rabbitmq-server', present: () => onPath('rabbitmq-server') || existsSync('/usr/sbin/rabbitmq-server') },
    { name: 'tryton-server', present: () => existsSync('/usr/bin/trytond') },
    { name: 'tryton-modules-party', present: () => existsSync(`${PYTHON}/trytond/modules/party`) },
    { name: 'python3-psycopg2', present: () => existsSync(`${PYTHON}/psycopg2`) },
    { name: 'chromium', present: () => onPath('chromium') || onPath('google-chrome') },
    { name: 'openssh-server', present: () => existsSync('/usr/sbin/sshd') || onPath('sshd') },
  ],
};

const OLDEST_NODE = [20, 19];
const STAMP = 'node_modules/.setup/installed-lock';
const BINDING = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
/**
 * SQLite for Node 22 and newer. The lock file has version 12, the last that runs on Node 20; from Node 24.19 on its objects
 * abort the process when they are collected, which version 13 mended.
 */
const SQLITE_FOR_NEWER_NODE = 'better-sqlite3@13.2.0';
const NEEDS_NEWER_SQLITE = Number(process.versions.node.split('.')[0]) >= 22;

/** A step that could not be done; the message says why and what to do. */
export class SetupError extends Error {}

/** Makes node_modules agree with package-lock.json. Quick where it already does. */
export async function installNodeModules() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new SetupError(`Node ${process.versions.node} is too old. Install Node ${OLDEST_NODE.join('.')} or newer.`);
  }
  const reason = whyInstall();
  if (reason === null) return;
  const label = `Installing packages (${reason}; takes a minute or two, because SQLite is compiled)`;
  const install = () => runLogged('npm', ['ci', '--no-audit', '--no-fund'], { label, log: 'install' });
  try {
    await install();
  } catch (error) {
    const missing = DEBIAN_PACKAGES.compiler.filter(({ present }) => !present());
    if (missing.length === 0) throw error;
    console.error('SQLite could not be compiled: the build tools are missing.');
    if ((await installDebianPackages(missing)).length > 0) throw error;
    await install();
  }
  if (NEEDS_NEWER_SQLITE) {
    const args = ['install', '--no-save', '--no-audit', '--no-fund', SQLITE_FOR_NEWER_NODE];
    await runLogged('npm', args, { label: 'Installing SQLite for this version of Node', log: 'install' });
  }
  mkdirSync(join(ROOT, 'node_modules/.setup'), { recursive: true });
  writeFileSync(join(ROOT, STAMP), lockHash());
}

/** Compiles all packages; a second run without changes takes a second. */
export async function build() {
  const args = ['run', 'build', '--output-logs=errors-only'];
  await runLogged(bin('turbo'), args, { label: 'Building', log: 'build' });
}

/**
 * Installs Debian packages that are missing where this user may do so.
 * @returns the names of those that are still missing.
 */
export async function installDebianPackages(packages) {
  const names = packages.filter(({ present }) => !present()).map(({ name }) => name);
  if (names.length === 0) return [];
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const prefix = adminPrefix();
  if (prefix === null || !onPath('apt-get')) {
    console.error(`Missing: ${names.join(', ')}. Install with: sudo apt-get update && sudo ${command}`);
    return names;
  }
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const [tool, ...rest] = [...prefix, ...environment, 'apt-get'];
  try {
    await runLogged(tool, [...rest, 'update'], { label: 'Reading the Debian package lists', log: 'apt' });
    const args = [...rest, ...command.split(' ').slice(1)];
    await withoutServices(() => runLogged(tool, args, { label: `Installing ${names.join(', ')}`, log: 'apt' }));
  } catch (error) {
    console.error(String(error.message));
  }
  return packages.filter(({ present }) => !present()).map(({ name }) => name);
}

/**
 * Debian starts what it installs: databases and brokers on their usual ports, where they could be in the way of others.
 * The tests start their own. Where this user may not say so, they are started.
 */
async function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = process.getuid?.() === 0 && !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** Path of a program that a package of node_modules brings. */
export function bin(name) {
  return join(ROOT, 'node_modules/.bin', name);
}

/**
 * Runs a program with its output in a log file and the time it takes on the terminal.
 * Rejects with the end of the log where the program fails.
 */
async function runLogged(command, args, { label, log }) {
  mkdirSync(join(ROOT, 'node_modules/.setup'), { recursive: true });
  // npm ci removes node_modules, so the log of the installation lies beside it.
  const file = log === 'install' ? join(ROOT, 'npm-install.log') : join(ROOT, `node_modules/.setup/${log}.log`);
  const output = openSync(file, 'w');
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', output, output], env: childEnvironment() });
  const stopClock = startClock(label);
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  closeSync(output);
  stopClock(code === 0);
  if (code === 0) return;
  const tail = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-40).join('\n');
  throw new SetupError(
    `${tail}\n\n${label.split(' (')[0]} failed (code ${code}). ${remedyFor(tail)}\nWhole log: ${file}`,
  );
}

/** Environment of every program started here: no telemetry, no notes about newer versions. */
export function childEnvironment() {
  const headers = join(dirname(process.execPath), '..');
  // With the headers beside Node, compiling needs no download of them.
  const local = existsSync(join(headers, 'include/node/node.h')) ? { npm_config_nodedir: headers } : {};
  const quiet = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };
  return { ...local, ...process.env, ...quiet };
}

function whyInstall() {
  const hidden = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return 'first start';
  if (!sqliteFits()) return 'SQLite is not there for this version of Node';
  if (existsSync(join(ROOT, STAMP)) && readFileSync(join(ROOT, STAMP), 'utf8') === lockHash()) return null;
  // Installed by npm itself: npm says in node_modules what it has put there.
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const differs = ([path, entry]) =>
    path.includes('node_modules/') && !entry.optional && found[path]?.version !== entry.version;
  return Object.entries(wanted).some(differs) ? 'package-lock.json has changed' : null;
}

function sqliteFits() {
  if (!NEEDS_NEWER_SQLITE) return existsSync(join(ROOT, BINDING));
  const file = join(ROOT, 'node_modules/better-sqlite3/package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === SQLITE_FOR_NEWER_NODE.split('@')[1];
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
}

function remedyFor(tail) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/.test(tail)) {
    return 'The package registry cannot be reached: check the network, a proxy (npm config get proxy) and the registry (npm config get registry).';
  }
  if (/EACCES|EPERM/.test(tail)) return 'This user may not write here: check who owns the folder and node_modules.';
  if (/ENOSPC/.test(tail)) return 'The disk is full.';
  if (/gyp|better-sqlite3|make:|g\+\+/.test(tail)) {
    return 'SQLite has to be compiled: install a C++ compiler, make and Python 3 (Debian: apt-get install python3 make g++).';
  }
  return 'See the lines above.';
}

function startClock(label) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const live = process.stderr.isTTY === true && process.env.CI === undefined;
  process.stderr.write(live ? `${label} …` : `${label} …\n`);
  const tick = () => process.stderr.write(live ? `\r${label} … ${seconds()} s` : `  … ${seconds()} s\n`);
  const timer = setInterval(tick, live ? 1_000 : 20_000);
  return (succeeded) => {
    clearInterval(timer);
    process.stderr.write(`${live ? `\r${label} …` : '  …'} ${succeeded ? 'done' : 'failed'} after ${seconds()} s\n`);
  };
}

function adminPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function postgresServers() {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((version) => existsSync(join(folder, version, 'bin/postgres')));
}
