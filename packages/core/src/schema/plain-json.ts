import { DatastoreError } from '../errors.ts';
import type { JsonValue } from './document.ts';
import { issueList } from './issue-list.ts';

/** Deepest nesting of a document: the document itself is level 1, a field of an object inside it level 2. */
export const MAX_DEPTH = 32;

/** One thing wrong with a value: where, and what was expected. */
export interface Issue {
  /** JSON pointer to the value, e.g. `/lines/0/quantity`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/**
 * What keeps a value from being stored and sent as JSON without changing it; empty if nothing does. At most ten issues.
 * Dates, maps, class instances, functions, NaN and infinities would arrive as something else; halves of surrogate pairs
 * are not UTF-8; keys that start with "__" are renamed by IndexedDB storages or set prototypes. A field that is
 * `undefined` counts as absent; an entry of a list that is `undefined` does not. Never throws, also for cyclic values.
 */
export function plainJsonIssues(value: unknown): readonly Issue[] {
  if (isPlain(value, 0)) return NONE;
  const issues: Issue[] = [];
  collect(value, { path: '', depth: 0, issues });
  return issues;
}

/** Throws DOCUMENT_INVALID naming each place of `value` that is not plain JSON. `what` names the value in the message. */
export function assertPlainJson(value: unknown, what: string): asserts value is JsonValue {
  const issues = plainJsonIssues(value);
  if (issues.length === 0) return;
  throw new DatastoreError('DOCUMENT_INVALID', `${what}: ${issueList(issues, 'the value')}.`, { details: issues });
}

const NONE: readonly Issue[] = Object.freeze([]);
const MAX_ISSUES = 10;
const LONE_SURROGATE = /\p{Surrogate}/u;
const RENAMED_KEY = /(?:^|\.)__/;

/** Most keys that are remembered as plain ones. Documents of a declared schema have few; open content can have any. */
const MAX_KNOWN_KEYS = 5_000;

/** Longest key that is remembered, in characters: a few thousand keys of a megabyte would fill the memory. */
const MAX_KNOWN_LENGTH = 64;

const knownKeys = new Set<string>();

/**
 * Whether there is no issue, without the paths that only issues need: nearly every value is plain, and each is looked at
 * on every hop. May say no of a plain value, never yes of another one.
 */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      return value === null || (depth < MAX_DEPTH && isPlainWithin(value, depth + 1));
    default:
      return false;
  }
}

function isPlainWithin(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isPlain(value[index], depth)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    if (!isPlainKey(key)) return false;
    const entry: unknown = (value as Record<string, unknown>)[key];
    if (entry !== undefined && !isPlain(entry, depth)) return false;
  }
  return true;
}

function isPlainKey(key: string): boolean {
  if (knownKeys.has(key)) return true;
  if (RENAMED_KEY.test(key) || !isWellFormed(key)) return false;
  if (key.length <= MAX_KNOWN_LENGTH && knownKeys.size < MAX_KNOWN_KEYS) knownKeys.add(key);
  return true;
}

/** Engines from 2023 on know by themselves, mostly from how they hold the text. */
const isWellFormed: (text: string) => boolean =
  'isWellFormed' in String.prototype && typeof String.prototype.isWellFormed === 'function'
    ? Function.prototype.call.bind(String.prototype.isWellFormed)
    : (text) => !LONE_SURROGATE.test(text);

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly issues: Issue[];
}

function collect(value: unknown, place: Place): void {
  if (place.issues.length >= MAX_ISSUES) return;
  const problem = scalarProblem(value);
  if (problem !== null) place.issues.push({ path: place.path, message: problem });
  else if (value !== null && typeof value === 'object') collectWithin(value, { ...place, depth: place.depth + 1 });
}

function scalarProblem(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return LONE_SURROGATE.test(value) ? 'holds half of a surrogate pair, which is not valid text' : null;
    case 'number':
      return Number.isFinite(value) ? null : `is ${value}, which JSON cannot hold; use null or leave the field out`;
    case 'boolean':
    case 'object':
      return null;
    default:
      return `is of type ${typeof value}, which JSON cannot hold`;
  }
}

function collectWithin(value: object, place: Place): void {
  if (place.depth > MAX_DEPTH) {
    place.issues.push({ path: place.path, message: `is nested deeper than ${MAX_DEPTH} levels; flatten it` });
  } else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) collect(entry, { ...place, path: `${place.path}/${index}` });
  } else if (isPlainObject(value)) {
    for (const [key, entry] of Object.entries(value)) collectField(key, entry, place);
  } else {
    place.issues.push({ path: place.path, message: `is ${describe(value)}; ${remedyFor(value)}` });
  }
}

function collectField(key: string, value: unknown, place: Place): void {
  const path = `${place.path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (RENAMED_KEY.test(key)) place.issues.push({ path, message: 'is a key that starts with "__"; rename it' });
  else if (LONE_SURROGATE.test(key)) place.issues.push({ path, message: 'is a key that is not valid text; rename it' });
  else if (value !== undefined) collect(value, { ...place, path });
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype of another realm (a frame, a vm context) is an Object.prototype too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: object): string {
  return `a ${value.constructor?.name || 'class'} object, which JSON cannot hold`;
}

function remedyFor(value: object): string {
  return value instanceof Date ? 'write date.toISOString()' : 'write a plain object or list';
}
