import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

/** A PostgreSQL cluster of its own in a temporary folder, gone with the test that made it. */
export interface PostgresCluster extends AsyncDisposable {
  readonly port: number;
  /** Creates an empty database and returns its connection string. */
  createDatabase(name: string): Promise<string>;
  /** The connection string of a database, there or not. */
  url(database: string): string;
  /** A connected client; end it before the cluster goes. */
  client(database?: string): Promise<Client>;
  start(): Promise<void>;
  /** `fast` ends all sessions and shuts down; `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/**
 * Starts a cluster as user `postgres` where this process is root, in a folder of its own below `parent`. Throws with what to
 * install if there is no PostgreSQL.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  parent = tmpdir(),
): Promise<PostgresCluster> {
  const binaries = findBinaries();
  const identity = unprivileged();
  const folder = await mkdtemp(join(parent, 'datastores-postgres-'));
  if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid ?? identity.uid);
  const data = join(folder, 'data');
  const port = await freePort();
  const run = (program: string, args: readonly string[]) => execute(join(binaries, program), args, identity);
  await run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync']);
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'on',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  await writeFile(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);

  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const client = async (database = 'postgres') => {
    const connected = new Client({ connectionString: url(database) });
    // A server that is stopped under its clients is part of some tests.
    connected.on('error', () => {});
    await connected.connect();
    return connected;
  };
  let running = false;
  const start = async () => {
    await run('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-w', '-t', '30', 'start']);
    running = true;
  };
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    if (!running) return;
    running = false;
    await run('pg_ctl', ['-D', data, '-m', mode, '-w', '-t', '30', 'stop']);
  };
  await start();
  return {
    port,
    url,
    client,
    start,
    stop,
    async createDatabase(name) {
      const admin = await client();
      await admin.query(`create database "${name}"`);
      await admin.end();
      return url(name);
    },
    async [Symbol.asyncDispose]() {
      await stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of the PostgreSQL programs: of the highest version Debian installed, or on the PATH. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  if (found) return found;
  throw new Error(
    'PostgreSQL is not installed: no initdb in /usr/lib/postgresql or on the PATH. Run: apt-get install postgresql',
  );
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim(),
  );
  if (!uid || !gid) throw new Error('There is no user postgres to run PostgreSQL as. Run: apt-get install postgresql');
  return { uid: Number(uid), gid: Number(gid) };
}

function execute(program: string, args: readonly string[], identity: Identity): Promise<void> {
  return new Promise((resolve, reject) => {
    // Files instead of pipes would be needed to wait for `close`: the started server keeps the pipes open.
    const child = spawn(program, args, { ...identity, cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      child.stdout.destroy();
      child.stderr.destroy();
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${output}`));
    });
  });
}
