import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from './free-port.ts';

/** A NATS server with JetStream of its own in a temporary folder, gone with the test that made it. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  /** A connected client; it ends with the server at the latest. */
  client(): Promise<NatsClient>;
  start(): Promise<void>;
  /** `SIGTERM` ends it in order; `SIGKILL` is a crash. What JetStream keeps is there after the next start. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** A client as a business system would have one. */
export interface NatsClient extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly publish: JetStreamClient['publish'];
  readonly manager: JetStreamManager;
}

/** Starts a server. Throws with what to install if there is none. */
export async function startNats(): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-nats-'));
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const clients = new Set<NatsConnection>();
  let child: ChildProcess | null = null;

  const client = async (): Promise<NatsClient> => {
    const connection = await connect({ servers: url, reconnect: false, timeout: 20_000 });
    clients.add(connection);
    const manager = await jetstreamManager(connection);
    const stream = jetstream(connection);
    return {
      connection,
      manager,
      publish: stream.publish.bind(stream),
      [Symbol.asyncDispose]: () => connection.close(),
    };
  };
  const start = async () => {
    child = await running(['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder]);
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    const stopping = child;
    child = null;
    if (stopping === null || stopping.exitCode !== null) return;
    const ended = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.kill(signal);
    await ended;
  };
  await start();
  return {
    url,
    client,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      for (const connection of clients) await connection.close();
      await stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server says that it is ready. */
function running(args: readonly string[]): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn('nats-server', args, { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-10_000);
      if (output.includes('Server is ready')) resolve(child);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(missing ? new Error('NATS is not installed. Run: apt-get install nats-server') : error);
    });
    child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${output}`)));
  });
}
