import {
  filter,
  firstValueFrom,
  from,
  map,
  merge,
  NEVER,
  Observable,
  of,
  race,
  switchMap,
  take,
  throwError,
  timer,
} from 'rxjs';
import { DatastoreError } from '../errors.ts';
import { type EditEntry, journalKey } from '../replica/journal-entry.ts';
import type { WriteReceipt } from '../schema/write-receipts.ts';
import type { Confirmation } from './confirm.ts';
import { isNewer } from './newer.ts';
import { type ReceiptSource, readTold, toldReceipt$ } from './receipts.ts';
import type { Status } from './status.ts';

/** Which write to wait for, and whom. */
export interface ConfirmThereOptions {
  readonly datastore: string;
  readonly id: string;
  /** The system that must have confirmed; missing: all that are told. */
  readonly system?: string | undefined;
  /** Longest wait, milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What waiting needs of the replication. */
export interface ConfirmThereParts {
  readonly source: ReceiptSource;
  /** Waits until the server has answered. */
  readonly accepted: () => Promise<Confirmation>;
  /** Brings the receipts up to date; the status says whether that succeeded. */
  readonly pullReceipts: () => Promise<Status>;
}

/**
 * Waits until external systems have confirmed the newest local write of a document. `waiting` if that takes longer.
 * Rejects with WRITE_REJECTED if the server or a system refused it, WRITE_HELD if a person has to look at it, and
 * RECEIPT_UNKNOWN if the system is not told of the document.
 */
export async function confirmThere(parts: ConfirmThereParts, options: ConfirmThereOptions): Promise<Confirmation> {
  const { timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const before = await baseOf(parts.source, options);
  const answer$ = from(parts.accepted()).pipe(
    switchMap((confirmation): Observable<Confirmation> => {
      if (confirmation.outcome === 'rejected') return throwError(() => refusedByServer(options, confirmation));
      return confirmation.outcome === 'queued' ? of(confirmation) : answers$(parts, options, before);
    }),
  );
  const late$ = (timeoutMs > LONGEST_MS ? NEVER : timer(timeoutMs)).pipe(
    switchMap(async (): Promise<Confirmation> => {
      if ((await baseOf(parts.source, options)) !== undefined) return { outcome: 'queued' };
      const told = await readTold(parts.source, options);
      return { outcome: 'waiting', systems: told?.systems ?? [] };
    }),
  );
  return firstValueFrom(race(answer$, late$, abort$(signal)));
}

/** Longest time of a timer of the platform; who waits longer waits for as long as it takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** Version that an edit which waits to be pushed is based on; undefined: none waits. */
async function baseOf({ journal }: ReceiptSource, { datastore, id }: ConfirmThereOptions) {
  const key = journalKey({ kind: 'edit', datastore, id });
  const edit = (await journal.read<EditEntry>([key])).get(key);
  return edit === undefined ? undefined : (edit.next ?? edit.base).version;
}

/**
 * A receipt for a later state than the write was based on is the one that is waited for. Where nothing is known of such a
 * state, or nothing more is to be told, it takes a pull that began after the write was accepted to be sure.
 */
function answers$(
  { source, pullReceipts }: ConfirmThereParts,
  options: ConfirmThereOptions,
  before: string | null | undefined,
): Observable<Confirmation> {
  const told$ = (isSure: (told: WriteReceipt | null) => boolean) =>
    toldReceipt$(source, options).pipe(map((told) => (isSure(told) ? judge(told, options) : null)));
  const soon$ = told$((told) => told !== null && before !== undefined && isNewer(told.version, before ?? undefined));
  const sure$ = from(pullReceipts()).pipe(
    switchMap((status) => {
      if (status.state === 'stopped' && status.error !== null) throw status.error;
      return status.state === 'live' ? told$(() => true) : NEVER;
    }),
  );
  return merge(soon$, sure$).pipe(
    filter((answer) => answer !== null),
    take(1),
  );
}

/** What a receipt says to who waits; null: wait on. Throws what it was refused with. */
function judge(told: WriteReceipt | null, options: ConfirmThereOptions): Confirmation | null {
  const { system, datastore, id } = options;
  const systems = (told?.systems ?? []).filter((one) => system === undefined || one.system === system);
  if (systems.length === 0 && system !== undefined) {
    throw new DatastoreError('RECEIPT_UNKNOWN', `There is no receipt of "${system}" for ${datastore} "${id}".`);
  }
  const refused = systems.find(({ state }) => state === 'rejected');
  if (refused !== undefined) {
    const where = refused.field === undefined ? '' : ` ("${refused.field}")`;
    const message = `"${refused.system}" refused ${datastore} "${id}"${where}: ${refused.reason ?? 'no reason given'}`;
    throw new DatastoreError('WRITE_REJECTED', message, { details: refused });
  }
  const held = systems.find(({ state }) => state === 'held');
  if (held !== undefined) {
    const message = `${datastore} "${id}" is held on its way to "${held.system}".`;
    throw new DatastoreError('WRITE_HELD', message, { details: held });
  }
  return systems.every(({ state }) => state === 'confirmed') ? { outcome: 'confirmed', systems } : null;
}

function refusedByServer(
  { datastore, id }: ConfirmThereOptions,
  why: { readonly code: string; readonly message: string },
) {
  return new DatastoreError('WRITE_REJECTED', `The server refused ${datastore} "${id}": ${why.message}`, {
    details: why,
  });
}

function abort$(signal: AbortSignal | undefined): Observable<never> {
  return new Observable((subscriber) => {
    const abort = () => subscriber.error(signal?.reason);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    return () => signal?.removeEventListener('abort', abort);
  });
}
