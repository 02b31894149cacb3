import type { Observable } from 'rxjs';
import { fromWireError, toWireError } from '../protocol/error.ts';
import type { PushOutcome } from '../protocol/push.ts';
import type { WireError } from '../protocol/wire-error.ts';
import type { CheckReport } from './check-report.ts';
import type { Contact } from './contact.ts';
import type { OverallStatus } from './overall-status.ts';
import type { Status } from './status.ts';

/** How instances that share one database, such as the tabs of a browser, agree on who replicates, and talk. */
export interface SharedReplica {
  /** Whether this instance is the one that replicates: now, and whenever that changes. Never two at once for long. */
  readonly leads$: Observable<boolean>;
  readonly line: SharedLine;
}

/** Carries messages to all other instances; some may get lost. */
export interface SharedLine {
  readonly heard$: Observable<SharedMessage>;
  tell(message: SharedMessage): void;
}

/** What one instance says to all others. Everything survives a structured clone. */
export type SharedMessage =
  /** Of one that does not replicate, and wants to know how things are. */
  | { readonly kind: 'hello' }
  /** Of the one that replicates: it has just begun to, or something changed. */
  | { readonly kind: 'state'; readonly begun: boolean; readonly state: SharedState }
  /** Of the one that replicates: the server has answered. */
  | { readonly kind: 'answered'; readonly datastore: string; readonly outcomes: readonly PushOutcome[] }
  | { readonly kind: 'settled'; readonly datastore: string; readonly outcome: PushOutcome }
  /** Of one that does not replicate, to the one that does. */
  | { readonly kind: 'ask'; readonly id: string; readonly work: SharedWork }
  | { readonly kind: 'done'; readonly id: string; readonly result: SharedResult };

/** What can be asked of the instance that replicates. */
export type SharedWork =
  | { readonly do: 'sync' }
  | { readonly do: 'check' }
  | { readonly do: 'pull'; readonly own: string };

/** What came of it. */
export interface SharedResult {
  readonly reports?: readonly Wired<CheckReport>[];
  readonly status?: WiredStatus;
}

/** The state of the replication, as others are told. Times by the clock of the device, which they share. */
export interface SharedState {
  readonly datastores: Readonly<Record<string, WiredStatus>>;
  /** Until when each datastore is known to be as the server had it; `current`: until now, as long as this holds. */
  readonly inTouch: Readonly<Record<string, number | null | 'current'>>;
  readonly clockAheadMs: number;
}

/** With its error in the form in which errors travel. */
type Wired<T> = Omit<T, 'error'> & { readonly error: WireError | null };

type WiredStatus = Omit<Wired<Status>, 'checked'> & { readonly checked: Wired<CheckReport> | null };

/** What others are to know of a replication. */
export function sharedState(status: OverallStatus, contact: Contact, names: readonly string[]): SharedState {
  const begun = Date.now();
  const inTouch = names.map((name) => {
    const at = contact.inTouchAt(name);
    return [name, at !== null && at >= begun ? ('current' as const) : at] as const;
  });
  const datastores = Object.entries(status.datastores).map(([name, one]) => [name, wiredStatus(one)] as const);
  return {
    datastores: Object.fromEntries(datastores),
    inTouch: Object.fromEntries(inTouch),
    clockAheadMs: contact.clockAheadMs(),
  };
}

/** A status in the form in which it travels. */
export function wiredStatus(status: Status): WiredStatus {
  return { ...wired(status), checked: status.checked === null ? null : wired(status.checked) };
}

/** A status as it was before it travelled. */
export function unwiredStatus(status: WiredStatus): Status {
  return { ...unwired(status), checked: status.checked === null ? null : unwired(status.checked) };
}

/** Puts the error of something into the form in which it travels. */
export function wired<T extends { readonly error: Error | null }>(value: T): Wired<T> {
  return { ...value, error: value.error === null ? null : toWireError(value.error) };
}

/** Takes it out again. */
export function unwired<T extends { readonly error: WireError | null }>(value: T) {
  return { ...value, error: value.error === null ? null : fromWireError(value.error) };
}
