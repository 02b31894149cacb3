import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';

/** A MariaDB server of its own in a temporary folder, gone with the test that made it. Its user `root` has no password. */
export interface MariadbServer extends AsyncDisposable {
  readonly port: number;
  /** Connection string of a database, there or not. */
  url(database: string): string;
  /** A connection that may run several statements at once; end it before the server goes. */
  client(): Promise<Connection>;
  start(): Promise<void>;
  /** Ends all sessions and shuts down. */
  stop(): Promise<void>;
}

/** Starts a server, as user `nobody` where this process is root. Throws with what to install if there is no MariaDB. */
export async function startMariadb(settings: Readonly<Record<string, string>> = {}): Promise<MariadbServer> {
  const program = findProgram();
  const identity = unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'datastores-mariadb-'));
  if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid ?? identity.uid);
  const port = await freePort();
  const all = {
    datadir: join(folder, 'data'),
    socket: join(folder, 'socket'),
    'pid-file': join(folder, 'pid'),
    'bind-address': '127.0.0.1',
    port: String(port),
    // What is not on disk when the machine goes down is of no use to a test.
    'innodb-flush-log-at-trx-commit': '0',
    'innodb-flush-method': 'nosync',
    'innodb-buffer-pool-size': '32M',
    'innodb-log-file-size': '16M',
    'performance-schema': 'off',
    'sync-frm': 'off',
    ...settings,
  };
  const args = ['--no-defaults', ...Object.entries(all).map(([name, value]) => `--${name}=${value}`)];
  const log = join(folder, 'log');
  const run = async (more: readonly string[], input: 'pipe' | 'ignore') => {
    const output = await open(log, 'a');
    const child = spawn(program, [...args, ...more], {
      ...identity,
      cwd: tmpdir(),
      stdio: [input, output.fd, output.fd],
    });
    await output.close();
    return child;
  };

  await mkdir(all.datadir);
  if (identity.uid !== undefined) await chown(all.datadir, identity.uid, identity.gid ?? identity.uid);
  await createTables(await run(['--bootstrap'], 'pipe'), log);
  let child: ChildProcess | null = null;
  const start = async () => {
    child = await run([], 'ignore');
    await untilReady(child, { port, log });
  };
  const stop = async () => {
    if (!isRunning(child)) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
    child = null;
  };
  await start();
  return {
    port,
    url: (database) => `mysql://root@127.0.0.1:${port}/${database}`,
    client: () => connect(port),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      if (isRunning(child)) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isRunning(child: ChildProcess | null): child is ChildProcess {
  return child !== null && child.exitCode === null && child.signalCode === null;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** What `mariadb-install-db` does, without the client programs it needs. */
async function createTables(child: ChildProcess, log: string): Promise<void> {
  const scripts = ['mysql_system_tables', 'mysql_performance_tables', 'mysql_system_tables_data'];
  // How it ended is told by its exit.
  child.stdin?.on('error', () => {});
  child.stdin?.write('create database if not exists mysql;\nuse mysql;\n');
  child.stdin?.end(scripts.map((name) => readFileSync(join(findScripts(), `${name}.sql`), 'utf8')).join('\n'));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`MariaDB could not make its tables (${code}): ${readFileSync(log, 'utf8')}`);
}

async function untilReady(child: ChildProcess, { port, log }: { readonly port: number; readonly log: string }) {
  for (let waited = 0; waited < 30_000; waited += 50) {
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`MariaDB ended with ${ended}: ${readFileSync(log, 'utf8')}`);
    const ready = await connect(port).catch(() => null);
    if (ready) return ready.end();
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`MariaDB was not ready after 30 s: ${readFileSync(log, 'utf8')}`);
}

async function connect(port: number): Promise<Connection> {
  const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: true });
  // A server that is stopped under its clients is part of some tests.
  connection.on('error', () => {});
  return connection;
}

/** The server program: where Debian installs it, or on the PATH. */
function findProgram(): string {
  const folders = ['/usr/sbin', ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, 'mariadbd')).find((path) => existsSync(path));
  if (found) return found;
  throw new Error('MariaDB is not installed: there is no mariadbd. Run: apt-get install mariadb-server-core');
}

function findScripts(): string {
  const folders = ['/usr/share/mysql', '/usr/share/mariadb'];
  const found = folders.find((folder) => existsSync(join(folder, 'mysql_system_tables.sql')));
  if (found) return found;
  throw new Error(`The scripts of MariaDB are in none of ${folders.join(', ')}.`);
}

/** MariaDB refuses to run as root. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout));
  if (uid && gid) return { uid, gid };
  throw new Error('There is no user nobody to run MariaDB as. Run the tests as a user that is not root.');
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address) return address.port;
  throw new Error('No free port was given.');
}
