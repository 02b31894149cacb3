import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { freePort } from './free-port.ts';

/** A RabbitMQ server of its own in a temporary folder, gone with the test that made it. */
export interface RabbitServer extends AsyncDisposable {
  readonly url: string;
  /** A channel of a client, as a business system would have one; it ends with the server at the latest. */
  client(): Promise<RabbitClient>;
  start(): Promise<void>;
  /** `SIGTERM` ends it in order; `SIGKILL` is a crash. Durable queues are there after the next start. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** See {@link RabbitServer.client}. */
export interface RabbitClient extends AsyncDisposable {
  readonly channel: ConfirmChannel;
}

const SCRIPTS = '/usr/lib/rabbitmq/bin';

/** Starts a server as user `rabbitmq` where this process is root. Throws with what to install if there is none. */
export async function startRabbit(): Promise<RabbitServer> {
  if (!existsSync(join(SCRIPTS, 'rabbitmq-server'))) {
    throw new Error(`RabbitMQ is not installed: nothing in ${SCRIPTS}. Run: apt-get install rabbitmq-server`);
  }
  const identity = unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'datastores-rabbitmq-'));
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const url = `amqp://guest:guest@127.0.0.1:${port}/`;
  const env = environment({ folder, port, distPort, epmdPort });
  await mkdir(join(folder, 'log'));
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  await writeFile(join(folder, 'rabbitmq.conf'), `listeners.tcp.default = 127.0.0.1:${port}\nloopback_users = none\n`);
  for (const path of ['', 'log', 'enabled_plugins', 'rabbitmq.conf']) {
    if (identity.uid !== undefined) await chown(join(folder, path), identity.uid, identity.gid ?? identity.uid);
  }
  // In the foreground and with a port of its own, else the one that Erlang starts by itself would outlive the test.
  const names = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], {
    ...identity,
    env,
    stdio: 'ignore',
  });
  const clients = new Set<ChannelModel>();
  let child: ChildProcess | null = null;

  const start = async () => {
    child = await running(env, identity);
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    const stopping = child;
    child = null;
    if (stopping?.pid === undefined || stopping.exitCode !== null) return;
    const ended = new Promise((resolve) => stopping.once('exit', resolve));
    // The script waits for the machine that it started, so a kill is for both.
    process.kill(signal === 'SIGKILL' ? -stopping.pid : stopping.pid, signal);
    await ended;
  };
  const client = async (): Promise<RabbitClient> => {
    const connection = await connect(url);
    // A server that is stopped under its clients is part of some tests.
    connection.on('error', () => {});
    clients.add(connection);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    return { channel, [Symbol.asyncDispose]: () => connection.close().catch(() => {}) };
  };
  await start();
  return {
    url,
    client,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      for (const connection of clients) await connection.close().catch(() => {});
      await stop('SIGKILL');
      names.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly distPort: number;
  readonly epmdPort: number;
}

function environment({ folder, port, distPort, epmdPort }: Place): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    // One thread of each kind: the default is one for each core of a machine that is not there for the tests alone.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none',
    RABBITMQ_NODENAME: `datastores-${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
  };
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    spawnSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }).stdout.trim(),
  );
  if (!uid || !gid) throw new Error('There is no user rabbitmq. Run: apt-get install rabbitmq-server');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Resolves when the server says that it is ready. */
function running(env: NodeJS.ProcessEnv, identity: Identity): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(SCRIPTS, 'rabbitmq-server'), [], {
      ...identity,
      env,
      cwd: tmpdir(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const hear = (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-10_000);
      if (output.includes('Server startup complete')) resolve(child);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`rabbitmq-server ended with ${code}: ${output}`)));
  });
}
