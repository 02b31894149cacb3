import type { Channel, ChannelModel } from 'amqplib';
import { type Context, SystemError } from '../connector.ts';
import { within } from './deadline.ts';
import type { ParsedOptions } from './options.ts';

/** Connects once; the engine knows when to come back. Throws SystemError. The caller closes the connection. */
export async function connectAmqp(options: ParsedOptions, context: Pick<Context, 'signal'>): Promise<ChannelModel> {
  const { connect } = await import('amqplib');
  const { url, timeoutMs: timeout, heartbeatS } = options;
  try {
    context.signal.throwIfAborted();
    const address = new URL(url);
    address.searchParams.set('heartbeat', String(heartbeatS));
    const clientProperties = { connection_name: 'datastores' };
    const connecting = connect(address.href, { timeout, clientProperties });
    try {
      const connection = await within(timeout, connecting);
      // Without a listener a lost connection would end the process; whoever uses it hears of it by 'close'.
      connection.on('error', () => {});
      return connection;
    } catch (error) {
      connecting.then(closeQuietly).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw systemError(error);
  }
}

/** Closes a connection that may be lost already, or whose other side has stopped to answer. */
export async function closeQuietly(connection: ChannelModel): Promise<void> {
  connection.on('error', () => {});
  try {
    await within(CLOSE_MS, connection.close());
  } catch {
    const { stream } = connection.connection as unknown as { readonly stream?: { destroy(): void } };
    stream?.destroy();
  }
}

/** How long the other side may take to say goodbye. */
const CLOSE_MS = 2_000;

/**
 * Tries something on a channel of its own, since RabbitMQ closes the channel on which something was refused. False where
 * what is asked for is not there.
 */
export async function isThere(connection: ChannelModel, ask: (channel: Channel) => Promise<unknown>): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  try {
    await ask(channel);
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return false;
    throw error;
  }
  await channel.close();
  return true;
}

/** What a failure of RabbitMQ says of the system as a whole. No message of the library names the password. */
export function systemError(error: unknown): SystemError {
  if (error instanceof SystemError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const isRefused = code === ACCESS_REFUSED || /ACCESS[_-]REFUSED|403/.test(message);
  const isShape = code === NOT_FOUND || code === PRECONDITION_FAILED || code === NOT_ALLOWED;
  return new SystemError(isRefused ? 'auth' : isShape ? 'shape' : 'down', `AMQP: ${message}`, { cause: error });
}

/** The code of an answer of RabbitMQ; null for any other error. */
export function codeOf(error: unknown): number | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : null;
}

const ACCESS_REFUSED = 403;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
const NOT_ALLOWED = 530;
