import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { freePort } from './free-port.ts';
import { type PostgresCluster, startPostgres } from './postgres.ts';

/** A Tryton server of its own with one database on a PostgreSQL of its own, gone with the test that made it. */
export interface TrytonServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The other side: a client that works in Tryton without asking. The context is added. */
  call<T>(method: string, ...params: readonly unknown[]): Promise<T>;
  /** Signs the other side in anew, after its session was ended. */
  signIn(): Promise<void>;
  /** A connected client of the database behind it; end it before the server goes. */
  client(): Promise<Client>;
}

const PROGRAMS = { server: '/usr/bin/trytond', admin: '/usr/bin/trytond-admin' };
const PACKAGES = 'tryton-server tryton-modules-party python3-psycopg2';
const MODULES = join(import.meta.dirname, 'tryton-modules');
const [USER, PASSWORD, DATABASE] = ['admin', 'only for tests', 'erp'];

/** Starts both, with the modules `party` and `datastores_sample`. Throws with what to install if there is no Tryton. */
export async function startTryton(): Promise<TrytonServer> {
  if (!existsSync(PROGRAMS.server) || spawnSync('/usr/bin/python3', ['-c', 'import psycopg2']).status !== 0) {
    throw new Error(`Tryton is not installed. Run: apt-get install --no-install-recommends ${PACKAGES}`);
  }
  // Nothing of it outlives the test, so nothing has to reach the disk.
  const postgres = await startPostgres({ fsync: 'off', full_page_writes: 'off', jit: 'off' });
  const folder = await mkdtemp(join(tmpdir(), 'datastores-tryton-'));
  let child: ChildProcess | null = null;
  const dispose = async () => {
    child?.kill('SIGKILL');
    await postgres[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await postgres.createDatabase(DATABASE);
    const port = await freePort();
    const files = await configure(folder, postgres, port);
    await createDatabase(files);
    const url = `http://127.0.0.1:${port}`;
    child = await running(files, url);
    let session = await logIn(url);
    return {
      url,
      port,
      database: DATABASE,
      user: USER,
      password: PASSWORD,
      call: (method, ...params) => post(url, { method, params: [...params, {}], session }),
      async signIn() {
        session = await logIn(url);
      },
      client: () => postgres.client(DATABASE),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface Files {
  readonly folder: string;
  readonly config: string;
  readonly password: string;
}

async function configure(folder: string, postgres: PostgresCluster, port: number): Promise<Files> {
  const [config, password] = [join(folder, 'trytond.conf'), join(folder, 'password')];
  const hashing = join(folder, 'passlib.ini');
  const database = `[database]\nuri = postgresql://postgres@127.0.0.1:${postgres.port}/\n`;
  await writeFile(config, `${database}[web]\nlisten = 127.0.0.1:${port}\n[password]\npasslib = ${hashing}\n`);
  await writeFile(password, PASSWORD);
  // Each test logs in anew, and hashes are slow on purpose.
  await writeFile(hashing, '[passlib]\nschemes = bcrypt\nbcrypt__rounds = 4\n');
  return { folder, config, password };
}

function environment(files: Files): NodeJS.ProcessEnv {
  const python = { PYTHONPATH: MODULES, PYTHONDONTWRITEBYTECODE: '1' };
  return { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: files.folder, TZ: 'UTC', ...python };
}

async function createDatabase(files: Files): Promise<void> {
  const args = ['-c', files.config, '-d', DATABASE, '--all', '--email', 'admin@example.com', '-p', '-l', 'en'];
  const modules = ['--activate-dependencies', '-u', 'party', 'datastores_sample'];
  const env = {
    ...environment(files),
    TRYTONPASSFILE: files.password,
    // It asks for the keys of each table by views that PostgreSQL joins in a slow way while nothing is analysed.
    PGOPTIONS: '-c enable_nestloop=off',
  };
  const child = spawn(PROGRAMS.admin, [...args, ...modules], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new Error(`trytond-admin ended with ${code}: ${output()}`);
}

async function running(files: Files, url: string): Promise<ChildProcess> {
  const child = spawn(PROGRAMS.server, ['-c', files.config, '-d', DATABASE], {
    env: environment(files),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`trytond ended with ${child.exitCode}: ${output()}`);
    const answers = await post(url, { method: 'common.server.version', params: [], path: '/' }).catch(() => null);
    if (answers !== null) return child;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`trytond does not answer: ${output()}`);
    }
    await sleep(100);
  }
}

function collect(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-10_000);
    });
  }
  return () => output;
}

interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly session?: string;
  readonly path?: string;
}

async function logIn(url: string): Promise<string> {
  const params = [USER, { password: PASSWORD }];
  const [id, key] = await post<[number, string]>(url, { method: 'common.db.login', params });
  return Buffer.from(`${USER}:${id}:${key}`).toString('base64');
}

async function post<T>(url: string, { method, params, session, path = `/${DATABASE}/` }: Call): Promise<T> {
  const authorization = session === undefined ? {} : { authorization: `Session ${session}` };
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ id: 1, method, params }),
  });
  if (!response.ok) throw new Error(`${method} was answered with status ${response.status}`);
  const { result, error } = (await response.json()) as { result: T; error?: unknown };
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result;
}
