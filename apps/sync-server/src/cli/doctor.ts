import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isDatastoreError } from '@datastores/core';
import { toWireError } from '@datastores/core/protocol';
import Sqlite from 'better-sqlite3';
import type { Resolved, Settings } from '../config/resolve.ts';
import { addressOf } from '../server/address.ts';
import { integrityProblems } from '../store/sqlite/integrity.ts';
import { answers } from './ask-server.ts';
import { checkComparisons } from './check-comparisons.ts';
import { checkDecisions } from './check-decisions.ts';
import { checkStore } from './check-store.ts';
import { checkSystems } from './check-systems.ts';
import { EXIT } from './exit.ts';
import { describe, type Finding } from './finding.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** `datastores doctor`: looks at everything a server needs and says what to do where it is not well. Unhealthy: 3. */
export async function doctor(
  terminal: Terminal,
  options: GlobalOptions & { readonly json?: boolean },
): Promise<number> {
  const findings: Finding[] = [nodeVersion(process.versions.node), sqliteBinding()];
  const config = await loaded(terminal, options);
  findings.push(config.finding);
  if (config.resolved !== null) {
    const { settings } = config.resolved;
    findings.push(
      dataFolder(settings),
      await port(settings),
      await storeFinding(settings),
      clock(settings, terminal.clock.now()),
      ...(await checkSystems(config.resolved, terminal.clock)),
      ...(await checkComparisons(terminal, settings)),
      ...(await checkDecisions(terminal, settings)),
    );
  }
  if (options.json) printJson(terminal, findings);
  else for (const finding of findings) terminal.out(describe(finding));
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.unhealthy;
}

/** Node must be at least the version that all dependencies work on. */
function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { check: 'node', ok, detail: `Node ${version}`, ...(ok ? {} : { remedy: 'Install Node 20.19 or newer.' }) };
}

function sqliteBinding(): Finding {
  try {
    const database = new Sqlite(':memory:');
    const version = database.prepare('select sqlite_version()').pluck().get();
    database.close();
    return { check: 'sqlite', ok: true, detail: `SQLite ${String(version)}` };
  } catch (error) {
    const remedy = 'Build the binding for this version of Node: npm rebuild better-sqlite3.';
    return { check: 'sqlite', ok: false, detail: messageOf(error), remedy };
  }
}

async function loaded(
  terminal: Terminal,
  options: GlobalOptions,
): Promise<{ readonly finding: Finding; readonly resolved: Resolved | null }> {
  try {
    const resolved = await configOf(terminal, options);
    const names = resolved.settings.datastores.map(({ name }) => name).join(', ');
    return { finding: { check: 'config', ok: true, detail: `serves ${names}` }, resolved };
  } catch (error) {
    return { finding: { check: 'config', ok: false, ...described(error) }, resolved: null };
  }
}

function dataFolder({ dataFolder: folder }: Settings): Finding {
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, 'x');
    rmSync(probe);
    return { check: 'data folder', ok: true, detail: folder };
  } catch (error) {
    const remedy = 'Let this user write there, free space, or set dataFolder (DATASTORES_DATA_FOLDER) to another path.';
    return { check: 'data folder', ok: false, detail: `${folder}: ${messageOf(error)}`, remedy };
  }
}

async function port(settings: Settings): Promise<Finding> {
  const { host, port } = settings.server;
  const url = addressOf(host, port);
  if (port !== 0 && (await answers(url))) return { check: 'port', ok: true, detail: `a sync server answers at ${url}` };
  const taken = await listenProblem(host, port);
  if (taken === null) return { check: 'port', ok: true, detail: `${host}:${port} is free` };
  const remedy = 'Stop the other program, or choose another port with server.port or DATASTORES_SERVER_PORT.';
  return { check: 'port', ok: false, detail: `${host}:${port} cannot be listened on: ${taken}`, remedy };
}

function listenProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(messageOf(error)));
    probe.listen({ host, port }, () => probe.close(() => resolve(null)));
  });
}

async function storeFinding(settings: Settings): Promise<Finding> {
  return settings.store === null ? storeFile(settings) : checkStore(settings.store);
}

function storeFile({ dataFolder: folder }: Settings): Finding {
  const remedy = 'Stop the server and restore the newest backup of the data folder.';
  try {
    const problems = integrityProblems(storePath(folder));
    if (problems === null) return { check: 'store', ok: true, detail: 'none yet; it is made at the first start' };
    if (problems.length === 0) return { check: 'store', ok: true, detail: 'SQLite finds it sound' };
    return { check: 'store', ok: false, detail: problems.slice(0, 3).join('; '), remedy };
  } catch (error) {
    return { check: 'store', ok: false, detail: messageOf(error), remedy };
  }
}

/** A clock that was set back makes tokens look valid for longer and times in the logs wrong. */
function clock({ dataFolder: folder }: Settings, now: number): Finding {
  const written = writtenAt(storePath(folder)) ?? Date.UTC(2025, 0, 1);
  const ok = now >= written - 60_000;
  const detail = `${new Date(now).toISOString()}${ok ? '' : `, but the store was written at ${new Date(written).toISOString()}`}`;
  return { check: 'clock', ok, detail, ...(ok ? {} : { remedy: 'Set the clock of this machine, best by NTP.' }) };
}

/** Null also where the path leads through a file: that the folder cannot be used is a finding of its own. */
function writtenAt(path: string): number | null {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return null;
  }
}

function storePath(folder: string): string {
  return join(folder, 'store.sqlite');
}

function described(error: unknown): { readonly detail: string; readonly remedy: string } {
  if (isDatastoreError(error)) return { detail: toWireError(error).message, remedy: error.remedy };
  return { detail: messageOf(error), remedy: 'Correct the configuration.' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
