import type { JsonValue } from '@datastores/core/schema';
import { literalOf, textOf } from './literal.ts';
import type { StreamOptions } from './options.ts';

/** What names one record: its key properties. */
export type KeyOptions = Pick<StreamOptions, 'key' | 'set'>;

/** A property and a literal it is compared with; null stands for null. */
export type Bound = readonly [name: string, literal: string | null];

/** The key of a record: its one key property as text, or a JSON list of the texts of several. Null where one is missing. */
export function keyOf({ key }: KeyOptions, record: Readonly<Record<string, JsonValue>>): string | null {
  const texts = key.map(({ name }) => record[name]);
  if (texts.some((value) => typeof value !== 'string' && typeof value !== 'number')) return null;
  return texts.length === 1 ? String(texts[0]) : JSON.stringify(texts.map(String));
}

/** The properties and literals of a key; null if no record of the set can have it. */
export function boundsOf({ key }: KeyOptions, text: string): Bound[] | null {
  const texts = key.length === 1 ? [text] : listOf(text);
  if (texts?.length !== key.length) return null;
  const bounds = key.map(({ name, type }, at): Bound => [name, literalOf(type, String(texts[at]))]);
  return bounds.some(([, literal]) => literal === null) ? null : bounds;
}

/** `$filter` for one key. */
export function isKey(bounds: readonly Bound[]): string {
  const equal = bounds.map(([name, literal]) => `${name} eq ${literal}`).join(' and ');
  return bounds.length === 1 ? equal : `(${equal})`;
}

/** `$filter` for what is behind in the order of these properties. Null is the least of all. */
export function isBehind([first, ...others]: readonly Bound[]): string {
  if (!first) return 'false';
  const [name, literal] = first;
  const behind = literal === null ? `${name} ne null` : `${name} gt ${literal}`;
  return others.length === 0 ? behind : `${behind} or (${name} eq ${literal} and (${isBehind(others)}))`;
}

/** The path of one record, escaped. */
export function pathOf({ set }: KeyOptions, bounds: readonly Bound[]): string {
  const escaped = bounds.map(([name, literal]) => [name, encodeURIComponent(String(literal))]);
  const predicate = bounds.length === 1 ? escaped[0]?.[1] : escaped.map((pair) => pair.join('=')).join(',');
  return `${set}(${predicate})`;
}

/** The key in an entity id or the address of a record, e.g. `https://host/root/Items('a')`; null if it is not readable. */
export function keyInId({ key, set }: KeyOptions, id: string): string | null {
  let readable: string;
  try {
    readable = decodeURIComponent(id.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  const name = set.split('/').at(-1) ?? set;
  const at = readable.lastIndexOf(`${name}(`);
  const predicate = at < 0 ? /\(([^()]*)\)$/.exec(readable)?.[1] : readable.slice(at + name.length + 1, -1);
  if (predicate === undefined || !readable.endsWith(')')) return null;
  const named = new Map([...predicate.matchAll(PAIR)].map(([, property = '', literal = '']) => [property, literal]));
  const texts = key.map((one) => named.get(one.name) ?? (key.length === 1 ? predicate : null));
  if (texts.some((literal) => literal === null)) return null;
  return keyOf({ key, set }, Object.fromEntries(key.map((one, n) => [one.name, textOf(String(texts[n]))])));
}

const PAIR = /([\p{L}_][\p{L}\p{N}_]*)=('(?:[^']|'')*'|[^,']+)(?=,|$)/gu;

function listOf(text: string): readonly string[] | null {
  try {
    const texts: unknown = JSON.parse(text);
    return Array.isArray(texts) && texts.every((part) => typeof part === 'string') ? (texts as string[]) : null;
  } catch {
    return null;
  }
}
