import { Client, type ClientConfig } from 'pg';
import type { ParsedOptions } from '../options.ts';

/** A connection that PostgreSQL sends its log over, as it is written. */
export interface ReplicationClient {
  /** One command of the replication protocol, or a simple statement. */
  command(text: string): Promise<void>;
  /** Starts to send; ends when the connection does. Confirms by itself what was handled, so that nothing is kept. */
  follow(start: string, handlers: LogHandlers): Promise<void>;
  close(): Promise<void>;
}

/** What becomes of the log. */
export interface LogHandlers {
  readonly data: (bytes: Buffer) => void;
  /** The log has reached this position, whatever is in it. */
  readonly reached: (lsn: bigint) => void;
}

/** Connects. Rejects as `pg` does. */
export async function connectReplication(options: ParsedOptions): Promise<ReplicationClient> {
  const connection: ClientConfig = options.client ?? { connectionString: options.connectionString };
  const config = {
    application_name: 'datastores',
    keepAlive: true,
    ...connection,
    connectionTimeoutMillis: options.connectTimeoutMs,
    // Following the log is one statement that never ends.
    query_timeout: 0,
    statement_timeout: 0,
    replication: 'database',
  };
  const client = new Client(config);
  // The end of a connection shows in what it was used for; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  return {
    command: async (text) => void (await client.query(text)),
    follow: (start, handlers) => followLog(client, start, handlers),
    close: () => client.end(),
  };
}

function followLog(client: Client, start: string, { data, reached }: LogHandlers): Promise<void> {
  let handled = 0n;
  const confirm = () => client.connection.stream.write(confirmation(handled));
  const timer = setInterval(confirm, CONFIRM_MS);
  const take = (chunk: Buffer) => {
    const kind = String.fromCharCode(chunk.readUInt8(0));
    // Both begin with a position; that of data is its own, behind it stands how far the log has got.
    const lsn = chunk.readBigUInt64BE(kind === 'w' ? WAL_END : WAL_START);
    if (lsn > handled) handled = lsn;
    if (kind === 'w') data(chunk.subarray(DATA_HEADER));
    else if (chunk.readUInt8(REPLY_WANTED) === 1) confirm();
    reached(handled);
  };
  return new Promise<void>((resolve, reject) => {
    client.once('end', resolve);
    client.query({
      submit: (to: { query(text: string): void }) => to.query(start),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => {
        try {
          take(chunk);
        } catch (error) {
          reject(error);
        }
      },
      handleError: reject,
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
    });
  }).finally(() => clearInterval(timer));
}

/** A status of the standby, as a message of copied data: written, flushed and applied up to a position. */
function confirmation(lsn: bigint): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER + STATUS_BYTES);
  frame.write('d', 0, 'latin1');
  frame.writeUInt32BE(FRAME_HEADER - 1 + STATUS_BYTES, 1);
  frame.write('r', FRAME_HEADER, 'latin1');
  for (const place of [1, 9, 17]) frame.writeBigUInt64BE(lsn, FRAME_HEADER + place);
  frame.writeBigInt64BE(BigInt(Date.now() - SINCE_2000_MS) * 1_000n, FRAME_HEADER + 25);
  return frame;
}

/** PostgreSQL ends a connection that is silent for `wal_sender_timeout`, 60 seconds by default. */
const CONFIRM_MS = 10_000;

const WAL_START = 1;
const WAL_END = 9;
const DATA_HEADER = 25;
const REPLY_WANTED = 17;
const FRAME_HEADER = 5;
const STATUS_BYTES = 34;
const SINCE_2000_MS = Date.UTC(2000, 0, 1);
