import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import { type Context, SystemError } from '../connector.ts';
import type { ParsedOptions } from './options.ts';

/** The libraries of NATS, loaded when they are first needed. */
export type NatsLibrary = Awaited<ReturnType<typeof loadLibrary>>;

/** A connection with what works on it. */
export interface NatsSession {
  readonly library: NatsLibrary;
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/**
 * Connects once; what breaks later stays broken, since the engine knows better when to come back. Throws SystemError. The
 * caller closes the connection.
 */
export async function connectNats(options: ParsedOptions, context: Pick<Context, 'signal'>): Promise<NatsSession> {
  const library = await loadLibrary();
  try {
    context.signal.throwIfAborted();
    const connection = await library.transport.connect(connectionOptions(options, library));
    try {
      const timeout = { timeout: options.timeoutMs };
      const manager = await library.jetstream.jetstreamManager(connection, timeout);
      return { library, connection, manager, client: library.jetstream.jetstream(connection, timeout) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw systemError(error);
  }
}

/** What a failure of NATS says of the system as a whole. */
export function systemError(error: unknown): SystemError {
  if (error instanceof SystemError) return error;
  const [name, message] = error instanceof Error ? [error.name, error.message] : ['', String(error)];
  const kind = KINDS[name] ?? 'down';
  return new SystemError(kind, `NATS: ${message}`, { cause: error });
}

const KINDS: Readonly<Record<string, SystemError['kind']>> = {
  AuthorizationError: 'auth',
  UserAuthenticationExpiredError: 'auth',
  PermissionViolationError: 'auth',
  JetStreamNotEnabled: 'shape',
  StreamNotFoundError: 'shape',
  ConsumerNotFoundError: 'shape',
};

async function loadLibrary() {
  const [transport, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
  return { transport, jetstream };
}

function connectionOptions(options: ParsedOptions, { transport }: NatsLibrary): ConnectionOptions {
  const { servers, auth, tls, timeoutMs } = options;
  return {
    servers,
    timeout: timeoutMs,
    reconnect: false,
    name: 'datastores',
    ...(tls && { tls: {} }),
    ...(auth && 'user' in auth && { user: auth.user, pass: auth.password }),
    ...(auth && 'token' in auth && { token: auth.token }),
    ...(auth && 'credentials' in auth && { authenticator: transport.credsAuthenticator(bytes(auth.credentials)) }),
    ...(auth && 'seed' in auth && { authenticator: transport.nkeyAuthenticator(bytes(auth.seed)) }),
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
