import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Client, SFTPWrapper } from 'ssh2';
import { SystemError } from '../connector.ts';
import type { SftpOptions } from './sftp-options.ts';

/** One connection to an SFTP server, opened on use and again after it broke. */
export interface SftpSession {
  /** Runs one request. Throws what the server answers, and SystemError where there is no connection. */
  ask<T>(request: (sftp: SFTPWrapper, done: (error: Error | null | undefined, result?: T) => void) => void): Promise<T>;
  /** Reads a file; the stream fails when the connection does. */
  read(path: string): Promise<Readable>;
  close(): Promise<void>;
}

/** Connects to nothing before the first request. */
export function createSftpSession(options: SftpOptions): SftpSession {
  let open: Promise<Connection> | null = null;
  const connected = () => {
    if (open) return open;
    const opening: Promise<Connection> = connect(options, () => {
      if (open === opening) open = null;
    });
    open = opening;
    opening.catch(() => {
      if (open === opening) open = null;
    });
    return opening;
  };
  return {
    async ask(request) {
      const { sftp, broken } = await connected();
      const answered = new Promise<never>((resolve, reject) => {
        request(sftp, (error, result) => (error ? reject(error) : resolve(result as never)));
      });
      return Promise.race([answered, broken]);
    },
    async read(path) {
      const { sftp, broken } = await connected();
      const stream = sftp.createReadStream(path, { highWaterMark: 256 * 1024 });
      broken.catch((error: Error) => stream.destroy(error));
      return stream;
    },
    async close() {
      const last = await open?.catch(() => null);
      open = null;
      last?.client.end();
    },
  };
}

interface Connection {
  readonly client: Client;
  readonly sftp: SFTPWrapper;
  /** Rejects when the connection ends, so that no request waits for ever. */
  readonly broken: Promise<never>;
}

async function connect(options: SftpOptions, onEnd: () => void): Promise<Connection> {
  const { Client: SshClient } = (await import('ssh2')).default;
  const client = new SshClient();
  const { host, port, user } = options;
  const name = `sftp://${user}@${host}:${port}`;
  let shown = '';
  const broken = new Promise<never>((_resolve, reject) => {
    client.on('error', (error) => reject(toConnectError(error, { name, shown, wanted: options.fingerprint })));
    client.on('close', () => {
      onEnd();
      reject(new SystemError('down', `${name}: the connection was closed. Tried again by itself.`));
    });
  });
  broken.catch(() => {});
  const ready = new Promise<void>((resolve) => client.on('ready', resolve));
  try {
    login(client, options, (key) => {
      shown = fingerprintOf(key);
      return shown === options.fingerprint.replace(/=$/, '');
    });
    await Promise.race([ready, broken]);
    const opened = new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, sftp) =>
        error ? reject(new SystemError('shape', `${name} offers no SFTP: ${error.message}.`)) : resolve(sftp),
      );
    });
    return { client, sftp: await Promise.race([opened, broken]), broken };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function login(client: Client, options: SftpOptions, isKnown: (key: Buffer) => boolean): void {
  const { host, port, user } = options;
  try {
    client.connect({
      host,
      port,
      username: user,
      ...(options.password !== undefined && { password: options.password }),
      ...(options.privateKey !== undefined && { privateKey: options.privateKey }),
      ...(options.passphrase !== undefined && { passphrase: options.passphrase }),
      readyTimeout: options.connectTimeoutMs,
      keepaliveInterval: options.keepAliveMs,
      keepaliveCountMax: 3,
      hostVerifier: isKnown,
    });
    // Requests are small and wait for their answers: held back to be sent together, each would take 40 ms.
    client.setNoDelay(true);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SystemError('auth', `The login at ${host} cannot be tried: ${reason}. Check key and passphrase.`, {
      cause: error,
    });
  }
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;
}

function toConnectError(error: Error & { level?: string }, about: { name: string; shown: string; wanted: string }) {
  const { name, shown, wanted } = about;
  if (shown !== '' && shown !== wanted.replace(/=$/, '')) {
    const message = `${name} shows the host key ${shown}, and ${wanted} is declared. Nothing was sent. If the server has a new key, ask its operator and declare that one; else somebody stands in between.`;
    return new SystemError('auth', message, { cause: error });
  }
  if (error.level === 'client-authentication') {
    return new SystemError('auth', `${name} refused the login. Check user, key or password.`, { cause: error });
  }
  return new SystemError('down', `${name}: ${error.message}. Tried again by itself.`, { cause: error });
}
