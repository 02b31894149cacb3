import { DatastoreError } from '../errors.ts';
import { writeReceipts } from '../schema/write-receipts.ts';
import type { Confirmation } from './confirm.ts';
import { confirmThere } from './confirm-there.ts';
import { type Connection, datastoreOf } from './connect.ts';
import { type ReceiptSource, readTold } from './receipts.ts';

/** Which change to wait for, and how far. */
export interface ConfirmOptions {
  /** Default: the one in which a document of this id waits for an answer, or was refused. */
  readonly datastore?: string;
  /** Longest wait, milliseconds. Default 10,000; `Infinity` waits for as long as it takes. */
  readonly timeoutMs?: number;
  /**
   * `accepted` (default) by the server, or `confirmed` by external systems. The latter rejects with WRITE_REJECTED if the
   * server or a system refuses, with WRITE_HELD if a person has to look at it, and with RECEIPT_UNKNOWN if `system` is not
   * told of the document; `waiting` tells which systems have not confirmed within the time.
   */
  readonly until?: 'accepted' | 'confirmed';
  /** With `confirmed`: wait for this system alone. Default: all that are told. */
  readonly system?: string;
  /** Ends the waiting; the promise then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** What waiting for a write needs. */
export interface ConfirmParts {
  readonly connection: Pick<Connection, 'confirm' | 'pullOwn'>;
  readonly source: ReceiptSource;
  /** The datastores of the application. */
  readonly names: readonly string[];
}

/** Waits for the answer to the local changes of a document, of the server or of external systems. */
export async function confirmWrite(parts: ConfirmParts, id: string, options: ConfirmOptions): Promise<Confirmation> {
  const { connection, source, names } = parts;
  const { until = 'accepted', timeoutMs = 10_000, system, signal } = options;
  const waiting = options.datastore ?? datastoreOf(source.journal, names, id);
  if (until === 'accepted') return abortable(connection.confirm({ id, timeoutMs, datastore: waiting }), signal);
  const datastore = waiting === '' ? await datastoreHolding(parts, id) : waiting;
  const accepted = () => connection.confirm({ id, timeoutMs, datastore });
  const pullReceipts = () => connection.pullOwn(writeReceipts.name);
  return confirmThere({ source, accepted, pullReceipts }, { datastore, id, timeoutMs, system, signal });
}

/** The datastore in which a document has a receipt. Throws OPTION_INVALID where that cannot be told. */
async function datastoreHolding({ source, names }: ConfirmParts, id: string): Promise<string> {
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  for (const datastore of names) if ((await readTold(source, { datastore, id })) !== null) return datastore;
  throw new DatastoreError('OPTION_INVALID', `It is not known in which datastore "${id}" is to be confirmed.`, {
    remedy: 'Pass { datastore } to confirm.',
  });
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
