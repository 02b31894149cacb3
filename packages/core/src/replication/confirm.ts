import { firstValueFrom, NEVER, race, type Subject, timer } from 'rxjs';
import { filter, map } from 'rxjs/operators';
import type { PushOutcome } from '../protocol/push.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type RejectedChange } from '../replica/journal-entry.ts';
import type { Decision } from '../schema/merge.ts';
import type { SystemReceipt } from './receipt.ts';

/** How far the local changes of a document have got. */
export type Confirmation =
  /** The server has them as they were written. */
  | { readonly outcome: 'accepted' }
  /** The server has them, merged with changes from elsewhere. */
  | { readonly outcome: 'merged'; readonly decisions: readonly Decision[] }
  /** Every system that was waited for has confirmed them; none where no system is told of them. Only with `until: 'confirmed'`. */
  | { readonly outcome: 'confirmed'; readonly systems: readonly SystemReceipt[] }
  /** The server has them, and some system has not confirmed them within the time. Only with `until: 'confirmed'`. */
  | { readonly outcome: 'waiting'; readonly systems: readonly SystemReceipt[] }
  /** They ended without effect; the payload is in the rejected list. */
  | { readonly outcome: 'rejected'; readonly code: string; readonly message: string }
  /** Not answered within the time; they are safe on this device and will be sent. */
  | { readonly outcome: 'queued' };

/** An outcome of a push and the datastore it belongs to. */
export interface SettledChange {
  readonly datastore: string;
  readonly outcome: PushOutcome;
}

/** What the server has made of one pushed change. */
export interface AnsweredChange {
  readonly datastore: string;
  readonly id: string;
  readonly confirmation: Confirmation;
}

/** Which changes to wait for. */
export interface ConfirmOptions {
  readonly datastore: string;
  readonly id: string;
  /** Longest wait, milliseconds. */
  readonly timeoutMs: number;
}

/** Waits until the server has answered the local changes of a document. Never throws for being offline: it says `queued`. */
export async function confirmChange(
  journal: Journal,
  settled$: Subject<SettledChange>,
  options: ConfirmOptions,
): Promise<Confirmation> {
  const { datastore, id } = options;
  const key = journalKey({ kind: 'edit', datastore, id });
  if (!journal.index.has(key)) return rejectedEarlier(journal, options);
  const answered = settled$.pipe(
    filter((settled) => settled.datastore === datastore && settled.outcome.id === id),
    map(({ outcome }) => confirmationOf(outcome)),
    // An answer to an earlier state of a document that was edited since is not yet the answer.
    filter((confirmation) => confirmation.outcome === 'rejected' || !journal.index.has(key)),
  );
  const queued: Confirmation = { outcome: 'queued' };
  const late = options.timeoutMs > LONGEST_MS ? NEVER : timer(options.timeoutMs);
  return firstValueFrom(race(answered, late.pipe(map(() => queued))), { defaultValue: queued });
}

/** Longest time of a timer of the platform; who waits longer waits for as long as it takes. */
const LONGEST_MS = 2 ** 31 - 1;

async function rejectedEarlier(journal: Journal, { datastore, id }: ConfirmOptions): Promise<Confirmation> {
  const ofDocument = [...journal.index.values()].filter(
    (entry) => entry.kind === 'rejected' && entry.datastore === datastore && entry.id === id,
  );
  const changes = [...(await journal.read<RejectedChange>(ofDocument.map(journalKey))).values()];
  const change = changes.sort((a, b) => b.order - a.order)[0];
  if (change === undefined) return { outcome: 'accepted' };
  return { outcome: 'rejected', code: change.code, message: change.message };
}

/** What an application is told of an outcome. */
export function confirmationOf(outcome: PushOutcome): Confirmation {
  if (outcome.is === 'accepted') return { outcome: 'accepted' };
  if (outcome.is === 'merged') return { outcome: 'merged', decisions: JSON.parse(outcome.decisions) as Decision[] };
  return { outcome: 'rejected', code: outcome.code, message: outcome.message };
}
