import type { JsonValue } from '@datastores/core/schema';
import type { DocumentKey } from './document.ts';

/**
 * What happened. By a replica: `accepted`, `merged`, `conflict`, `rejected`, `deleted`. By a record of a system: `pulled`,
 * `adopted` (a document that was here got its record), `kept` (what it said was not taken), `deleted`, `deletion-held`,
 * `parked` and `unparked` (it waits for others), `asked` (a person decides), `set-aside` and `released` (it cannot be used). To a write for a system:
 * `waits` (for others), `applied`, `found` (it had been applied before), `changed-there`, `missing`, `retry`, `unknown`,
 * `unanswered` (the process ended meanwhile), `dead`. By the operator: `answered`, `retried`, `dropped`, `restored` (the whole store).
 * `state`: what is known of a state whose own event is not kept.
 */
export type HistoryKind =
  | 'accepted'
  | 'merged'
  | 'conflict'
  | 'rejected'
  | 'deleted'
  | 'pulled'
  | 'adopted'
  | 'kept'
  | 'deletion-held'
  | 'parked'
  | 'unparked'
  | 'asked'
  | 'answered'
  | 'set-aside'
  | 'released'
  | 'waits'
  | 'applied'
  | 'found'
  | 'changed-there'
  | 'missing'
  | 'retry'
  | 'unknown'
  | 'unanswered'
  | 'dead'
  | 'retried'
  | 'dropped'
  | 'restored'
  | 'state';

/** A field that two sides changed: what each had made of it, and what became of it. Absent: it was not there. */
export interface FieldDecided {
  readonly field: string;
  readonly rule: string;
  readonly base?: unknown;
  readonly server?: unknown;
  readonly proposed?: unknown;
  readonly result?: unknown;
}

/** A value before and after. Absent: the field was not there. A long one is a {@link CutValue}. */
export interface FieldChange {
  readonly was?: unknown;
  readonly is?: unknown;
}

/** The beginning of the JSON text of a value that is too long to be kept with an event, and the length of all of it. */
export interface CutValue {
  readonly cut: string;
  readonly length: number;
}

/** What the writer of an event knows of it. Plain JSON, short; values as {@link shortValue} makes them. */
export interface EventDetail {
  /** The rule by which each changed field was taken, by field. */
  readonly rules?: Readonly<Record<string, string>>;
  readonly decisions?: readonly FieldDecided[];
  /** What was said of a field and not taken, by field. */
  readonly refused?: Readonly<Record<string, { readonly rule: string; readonly said: unknown }>>;
  /** Stream of the system (of an operator's event with the system before it), and key of the record in it. */
  readonly stream?: string;
  readonly key?: string;
  /** Of a write: its id, what it does, the fields it sets and the quantities it adds. */
  readonly writeId?: string;
  readonly op?: string;
  readonly sent?: Readonly<Record<string, unknown>>;
  readonly amounts?: Readonly<Record<string, number>>;
  /** Why the write was sent once more: it was not found, or a repeat does no harm. */
  readonly repeated?: 'not-found' | 'harmless';
  /** How often it was tried by then. */
  readonly attempts?: number;
  /** The field that was complained of. */
  readonly field?: string;
  readonly reason?: string;
  readonly code?: string;
  /** What it waits for. */
  readonly references?: readonly string[];
  /** How a deletion was proven. */
  readonly proof?: 'point-read' | 'feed';
  /** True if the state was written only so that a system is told. */
  readonly tells?: boolean;
}

/** Why a state came to be. Who wrote it and which fields changed the store knows by itself. */
export interface Why extends EventDetail {
  readonly kind: HistoryKind;
}

/** Something that happened to a document without making a state of it. */
export interface EventWrite extends DocumentKey {
  readonly kind: HistoryKind;
  /** The id of a replica, `@<system>`, or `operator`. */
  readonly by: string;
  readonly detail: EventDetail;
  /** True if it is only news where the newest event of the document says something else. */
  readonly once?: boolean;
}

/** The state of a document that an event replaced. */
export interface ReplacedState {
  readonly by: string;
  readonly at: number;
  readonly seq: number;
  readonly deleted: boolean;
  /** True if it was the first of its document. */
  readonly first: boolean;
}

/** One event in the chain of a document. */
export interface HistoryEvent extends DocumentKey, EventDetail {
  readonly scope: string;
  readonly kind: HistoryKind;
  /** Milliseconds since 1970, by the server's clock. Information only, never order. */
  readonly at: number;
  readonly by: string;
  /** Number of the state that it made, in the feed of the scope; null: it made none. */
  readonly seq: number | null;
  readonly replaced: ReplacedState | null;
  /** The fields of the document that it changed, by name; null: all of them, or it made no state. */
  readonly changed: Readonly<Record<string, FieldChange>> | null;
}

/** How much is kept of each document. What the value of a field rests on is kept beyond both. */
export interface HistoryLimits {
  readonly maxEvents: number;
  /** Events before this time end, milliseconds since 1970. */
  readonly before: number;
}

/** The longest JSON text of a value that is kept with an event as it is. */
export const SHORT_LENGTH = 200;

/** A value as it is kept with an event. */
export function shortValue(value: JsonValue | undefined, longest = SHORT_LENGTH): unknown {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string' && value.length < longest / 2) return value;
  const text = JSON.stringify(value);
  return text.length <= longest ? value : cutText(text, longest);
}

/** A long JSON text cut to its beginning, never through a pair of surrogates. */
export function cutText(text: string, longest = SHORT_LENGTH): CutValue {
  const end = longest / 2;
  const last = text.charCodeAt(end - 1);
  const isTorn = last >= 0xd800 && last <= 0xdbff;
  return { cut: text.slice(0, isTorn ? end - 1 : end), length: text.length };
}

/** True for what {@link cutText} makes. */
export function isCut(value: unknown): value is CutValue {
  if (value === null || typeof value !== 'object') return false;
  return Object.keys(value).length === 2 && 'cut' in value && 'length' in value;
}
