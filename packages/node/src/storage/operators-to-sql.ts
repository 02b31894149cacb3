import type { Column } from './layout.ts';
import type { Condition } from './selector-to-sql.ts';
import { NULL_KEY, type SqlValue, sortKey } from './sort-key.ts';

/** Longer lists would pass SQLite's limit for parameters in one statement together with the other conditions. */
const MAX_LIST = 8_192;

/**
 * Compiles one operator of a field. `undefined` where SQL could disagree with RxDB's matcher on any document.
 * Ranges compare within one type only, as Mango does; a missing field equals `null` and belongs to no range.
 */
export function conditionOf(column: Column, operator: string, value: unknown): Condition | undefined {
  if (column.kind === 'flag') return flagCondition(column.name, operator, value);
  switch (operator) {
    case '$eq':
      return equal(column.name, value);
    case '$ne':
      return unequal(column.name, value);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return range(column.name, RANGES[operator], value);
    case '$in':
      return oneOf(column.name, value);
    case '$nin':
      return noneOf(column.name, value);
    case '$exists':
      return exists(column.name, value);
    default:
      return undefined;
  }
}

const RANGES = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

function flagCondition(name: string, operator: string, value: unknown): Condition | undefined {
  if (typeof value !== 'boolean' || (operator !== '$eq' && operator !== '$ne')) return undefined;
  return exactly(`${name} = ${value === (operator === '$eq') ? 1 : 0}`);
}

function equal(name: string, value: unknown): Condition | undefined {
  if (value === null) return exactly(`(${name} IS NULL OR ${name} = ?)`, NULL_KEY);
  return isComparable(value) ? exactly(`${name} = ?`, sortKey(value)) : undefined;
}

function unequal(name: string, value: unknown): Condition | undefined {
  if (value === null) return exactly(`(${name} IS NOT NULL AND ${name} <> ?)`, NULL_KEY);
  return isComparable(value) ? exactly(`${name} IS NOT ?`, sortKey(value)) : undefined;
}

function range(name: string, comparison: '>' | '>=' | '<' | '<=', value: unknown): Condition | undefined {
  if (!isComparable(value)) return undefined;
  const bounds = TYPE_BOUNDS[typeof value];
  const bound = comparison.startsWith('>') ? bounds?.below : bounds?.above;
  return exactly(`${name} ${comparison} ?${bound ? ` AND ${name} ${bound}` : ''}`, sortKey(value));
}

/** Ends the range of a type on its open side, in the order of {@link sortKey}. */
const TYPE_BOUNDS: Record<string, { readonly below: string; readonly above: string }> = {
  number: { below: "< ''", above: '> -9e999' },
  string: { below: "< x''", above: ">= ''" },
  boolean: { below: "> x'00'", above: "> x'00'" },
};

function oneOf(name: string, values: unknown): Condition | undefined {
  const list = comparableList(values);
  if (!list) return undefined;
  const known = list.values.length > 0 ? `${name} IN (${placeholders(list.values)})` : '0';
  return exactly(list.hasNull ? `(${known} OR ${name} IS NULL)` : known, ...list.values);
}

function noneOf(name: string, values: unknown): Condition | undefined {
  const list = comparableList(values);
  if (!list) return undefined;
  const others = list.values.length > 0 ? `${name} NOT IN (${placeholders(list.values)})` : '1';
  return exactly(
    list.hasNull ? `(${name} IS NOT NULL AND ${others})` : `(${name} IS NULL OR ${others})`,
    ...list.values,
  );
}

function exists(name: string, value: unknown): Condition | undefined {
  if (typeof value !== 'boolean') return undefined;
  return exactly(`${name} IS ${value ? 'NOT ' : ''}NULL`);
}

function isComparable(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/**
 * The encoded values of a list for `IN`, or `undefined` where one of them is the matcher's. The list is filled up to a power
 * of two by repeating its last value, so that lists of any length share a few prepared statements.
 */
function comparableList(values: unknown): { values: SqlValue[]; hasNull: boolean } | undefined {
  if (!Array.isArray(values) || values.length > MAX_LIST) return undefined;
  if (!values.every((value) => value === null || isComparable(value))) return undefined;
  const keys = [...new Set(values)].map(sortKey);
  const size = keys.length < 2 ? keys.length : 2 ** Math.ceil(Math.log2(keys.length));
  const filled = Array.from({ length: size }, (_, at) => keys[Math.min(at, keys.length - 1)] ?? null);
  return { values: filled, hasNull: values.includes(null) };
}

function placeholders(values: readonly SqlValue[]): string {
  return values.map(() => '?').join(',');
}

function exactly(sql: string, ...params: SqlValue[]): Condition {
  return { sql, params, exact: true, depth: 4 };
}
