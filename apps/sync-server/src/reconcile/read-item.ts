import { createHash } from 'node:crypto';
import type { JsonValue } from '@datastores/core/schema';
import type { Change, Item } from '../connectors/connector.ts';

/** What came from outside, judged before anything touches it. */
export type ReadItem =
  | { readonly is: 'item'; readonly item: Item }
  | { readonly is: 'gone'; readonly key: string }
  /** Cannot be used. `record` is fit to be stored, cut where it is too large. */
  | { readonly is: 'unfit'; readonly key: string; readonly reason: string; readonly record: JsonValue };

/** Longest foreign key. */
const MAX_KEY_LENGTH = 500;
const MAX_DEPTH = 32;
/** What is no digest is none: the record is then read whenever it is compared. */
const DIGEST = /^[0-9a-f]{16}$/;

/** Judges one change of a page. Everything from outside is hostile until it has passed here. */
export function readChange(change: Change): ReadItem {
  if (change === null || typeof change !== 'object') return unfit(undefined, 'A change must be an object.', change);
  if (change.op === 'delete') {
    const problem = keyProblem(change.key);
    return problem === null ? { is: 'gone', key: change.key } : unfit(change.key, problem, { ...change });
  }
  return readItem(change);
}

/** Judges one record as read. */
export function readItem(item: Item): ReadItem {
  const problem = keyProblem(item?.key) ?? versionProblem(item.version) ?? recordProblem(item.data);
  if (problem !== null) return unfit(item?.key, problem, item?.data);
  const { key, data, version, digest } = item;
  const usable = typeof digest === 'string' && DIGEST.test(digest);
  return { is: 'item', item: { key, data, ...(version !== undefined && { version }), ...(usable && { digest }) } };
}

/** The last change of each key, in the order of those: what a page says once it is read to its end. */
export function lastOfEach(items: readonly ReadItem[]): readonly ReadItem[] {
  const last = new Map<string, ReadItem>();
  for (const item of items) {
    const key = item.is === 'item' ? item.item.key : item.key;
    last.delete(key);
    last.set(key, item);
  }
  return [...last.values()];
}

/** A record as it can be kept for a person to look at: JSON, and not endless. */
export function keptRecord(record: unknown): JsonValue {
  try {
    const text = JSON.stringify(record) ?? 'null';
    return text.length > KEPT_LENGTH ? `${text.slice(0, KEPT_LENGTH)}…` : (JSON.parse(text) as JsonValue);
  } catch {
    return String(record).slice(0, KEPT_LENGTH);
  }
}

const KEPT_LENGTH = 32_768;

function unfit(key: unknown, reason: string, record: unknown): ReadItem {
  const kept = keptRecord(record);
  return { is: 'unfit', key: keyProblem(key) === null ? String(key) : madeUpKey(key, kept), reason, record: kept };
}

/** Records without a usable key are kept apart by their content, so that one does not hide another. */
function madeUpKey(key: unknown, record: JsonValue): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([String(key), record]))
    .digest('hex');
  return `(no key) ${digest.slice(0, 16)}`;
}

/** Why something is no foreign key; null if it is one. */
export function keyProblem(key: unknown): string | null {
  if (typeof key !== 'string' || key === '') return 'The record has no key: it must be a text that is not empty.';
  return key.length > MAX_KEY_LENGTH ? `The key is longer than ${MAX_KEY_LENGTH} characters.` : null;
}

function versionProblem(version: unknown): string | null {
  return version === undefined || typeof version === 'string' ? null : 'The version of the record is not a text.';
}

/** Why a value is no record of plain JSON; null if it is one. `name` says in the answer what it is. */
export function recordProblem(record: unknown, name = 'record'): string | null {
  if (record === null || typeof record !== 'object' || Array.isArray(record)) return `The ${name} is not an object.`;
  const problem = valueProblem(record, 0);
  return problem === null ? null : `${name}${problem}`;
}

/** What is wrong, behind the path to it: that is put together on the way back, since nearly always there is nothing to tell. */
function valueProblem(value: unknown, depth: number): string | null {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return numberProblem(value);
  if (typeof value !== 'object') return ` is a ${typeof value}, which JSON cannot hold.`;
  if (depth >= MAX_DEPTH) return ` is nested deeper than ${MAX_DEPTH} levels.`;
  if (!Array.isArray(value) && !isPlain(value)) return ' is not plain JSON.';
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return ' holds the key "__proto__".';
    const problem = valueProblem((value as Readonly<Record<string, unknown>>)[key], depth + 1);
    if (problem !== null) return `.${key}${problem}`;
  }
  return null;
}

function numberProblem(value: number): string | null {
  if (!Number.isFinite(value)) return ' is not a finite number.';
  // Beyond this a number has already been rounded on its way here: the true value is unknown.
  return Math.abs(value) > Number.MAX_SAFE_INTEGER ? ' is larger than a number can hold exactly.' : null;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
