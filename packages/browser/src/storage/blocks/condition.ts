import { conditionOf } from './operators.ts';
import type { Table } from './table.ts';
import { type KeyValue, rankOf } from './value-order.ts';

/** What a selector says of the columns of a document. */
export interface Condition {
  /** True for every document that the selector matches. */
  readonly test: (slot: number) => boolean;
  /** True where it is true for no other. */
  readonly exact: boolean;
  /** Between which values a path has to lie, as far as the selector says so of every document. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/** Values of one type, between two of them or from one on. */
export interface Range {
  readonly rank: number;
  readonly from?: KeyValue;
  readonly to?: KeyValue;
}

type Test = (slot: number) => boolean;

const ALL: Test = () => true;
const UNDECIDED: Condition = { test: ALL, exact: false, ranges: new Map() };

/**
 * Compiles a normalised Mango selector. Only paths with a column take part; every operator and value whose meaning could
 * differ from that of RxDB's matcher in any case is left undecided.
 */
export function compileSelector(selector: object, table: Table): Condition {
  const compile = (part: unknown) => (isPlainObject(part) ? compileSelector(part, table) : UNDECIDED);
  const parts = Object.entries(selector).map(([path, operation]: [string, unknown]) => {
    if (path === '$and' && Array.isArray(operation)) return conjunction(operation.map(compile));
    if (path === '$or' && Array.isArray(operation)) return disjunction(operation.map(compile));
    const get = table.column(path);
    return get !== undefined && isOperation(operation) ? fieldCondition(path, get, operation) : UNDECIDED;
  });
  return conjunction(parts);
}

function fieldCondition(path: string, get: (slot: number) => KeyValue, operation: object): Condition {
  const parts = Object.entries(operation).map(([operator, value]: [string, unknown]): Condition => {
    const matches = conditionOf(operator, value);
    if (matches === null) return UNDECIDED;
    const range = rangeOf(operator, value);
    return {
      test: (slot) => matches(get(slot)),
      exact: true,
      ranges: range === null ? new Map() : new Map([[path, range]]),
    };
  });
  return conjunction(parts);
}

/** `null` equals a missing field too, which lies elsewhere in the order. */
function rangeOf(operator: string, value: unknown): Range | null {
  const key = value as KeyValue;
  const rank = rankOf(key);
  if (operator === '$eq') return key === null ? null : { rank, from: key, to: key };
  if (operator === '$gt' || operator === '$gte') return { rank, from: key };
  return operator === '$lt' || operator === '$lte' ? { rank, to: key } : null;
}

/** Anything but a non-empty set of operators (a regular expression, an object to be equal to) is the matcher's. */
function isOperation(value: unknown): value is object {
  const keys = isPlainObject(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every((key) => key.startsWith('$'));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function conjunction(parts: readonly Condition[]): Condition {
  const ranges = new Map<string, Range>();
  for (const part of parts) {
    for (const [path, range] of part.ranges) ranges.set(path, narrowed(ranges.get(path), range));
  }
  const tests = parts.map(({ test }) => test).filter((test) => test !== ALL);
  const [first, second] = tests;
  const exact = parts.every((part) => part.exact);
  if (first === undefined) return { test: ALL, exact, ranges };
  if (second === undefined) return { test: first, exact, ranges };
  return { test: (slot) => tests.every((test) => test(slot)), exact, ranges };
}

/** One bound for each side is enough: the test has to hold for all. */
function narrowed(one: Range | undefined, other: Range): Range {
  if (one === undefined || one.rank !== other.rank) return one ?? other;
  return 'from' in one && 'to' in one ? one : { ...other, ...one };
}

/** One branch that is not decided makes the whole disjunction true for every document. */
function disjunction(parts: readonly Condition[]): Condition {
  if (parts.length === 0 || parts.some(({ test }) => test === ALL)) return UNDECIDED;
  const tests = parts.map(({ test }) => test);
  return {
    test: (slot) => tests.some((test) => test(slot)),
    exact: parts.every(({ exact }) => exact),
    ranges: new Map(),
  };
}
