import type { Column } from './layout.ts';
import { conditionOf } from './operators-to-sql.ts';
import type { SqlValue } from './sort-key.ts';

/** An SQL condition that is true for every document a selector matches; `exact` where it is true for no other. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly exact: boolean;
  /** How deep SQLite nests the expression; a chain of AND or OR is as deep as it is long. */
  readonly depth: number;
}

/** SQLite refuses statements beyond 1,000 levels or 32,766 parameters; the rest of the statement needs a few of both. */
const MAX_DEPTH = 900;
const MAX_PARAMS = 30_000;

/** True for every row: what is said of a part that SQL cannot decide and that RxDB's matcher decides afterwards. */
const UNDECIDED: Condition = { sql: '1', params: [], exact: false, depth: 1 };

const ALL: Condition = { sql: '1', params: [], exact: true, depth: 1 };

/**
 * Compiles a normalised Mango selector. Only paths with a column take part; every operator and value whose meaning in SQL
 * could differ from RxDB's matcher in any case is left undecided.
 */
export function selectorToSql(selector: object, columns: ReadonlyMap<string, Column>): Condition {
  const parts = Object.entries(selector).map(([path, operation]: [string, unknown]) => {
    if (path === '$and' && Array.isArray(operation)) return conjunction(operation.map(compileWith(columns)));
    if (path === '$or' && Array.isArray(operation)) return disjunction(operation.map(compileWith(columns)));
    const column = columns.get(path);
    return column && isOperation(operation) ? conditionsOf(column, operation) : UNDECIDED;
  });
  return conjunction(parts);
}

function compileWith(columns: ReadonlyMap<string, Column>): (selector: unknown) => Condition {
  return (selector) => (isPlainObject(selector) ? selectorToSql(selector, columns) : UNDECIDED);
}

function conditionsOf(column: Column, operation: object): Condition {
  return conjunction(
    Object.entries(operation).map(
      ([operator, value]: [string, unknown]) => conditionOf(column, operator, value) ?? UNDECIDED,
    ),
  );
}

/** Anything but a non-empty set of operators (a regular expression, a date, an object to be equal to) is the matcher's. */
function isOperation(value: unknown): value is object {
  const keys = isPlainObject(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every((key) => key.startsWith('$'));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function conjunction(parts: readonly Condition[]): Condition {
  const said = parts.filter((part) => part.sql !== '1');
  const sql = said.length === 0 ? '1' : said.map((part) => part.sql).join(' AND ');
  return withinLimits(sql, said, parts.every(isExact));
}

/** One branch that SQL cannot narrow makes the whole disjunction true for every row. */
function disjunction(parts: readonly Condition[]): Condition {
  if (parts.length === 0) return UNDECIDED;
  const all = parts.find((part) => part.sql === '1');
  if (all) return all.exact ? ALL : UNDECIDED;
  return withinLimits(`(${parts.map((part) => `(${part.sql})`).join(' OR ')})`, parts, parts.every(isExact));
}

function withinLimits(sql: string, parts: readonly Condition[], exact: boolean): Condition {
  const params = parts.flatMap((part) => part.params);
  const depth = parts.length + Math.max(0, ...parts.map((part) => part.depth));
  return depth > MAX_DEPTH || params.length > MAX_PARAMS ? UNDECIDED : { sql, params, exact, depth };
}

function isExact(part: Condition): boolean {
  return part.exact;
}
