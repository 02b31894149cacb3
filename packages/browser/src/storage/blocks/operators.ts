import type { KeyValue } from './value-order.ts';

type Matches = (value: KeyValue) => boolean;

/**
 * What an operator says of the value of a field. Null where it could say otherwise than RxDB's matcher of any value. Ranges
 * compare within one type only, as Mango does; a missing field equals `null` and belongs to no range.
 */
export function conditionOf(operator: string, value: unknown): Matches | null {
  switch (operator) {
    case '$eq':
      return equal(value);
    case '$ne':
      return negated(equal(value));
    case '$in':
      return oneOf(value);
    case '$nin':
      return negated(oneOf(value));
    case '$exists':
      return typeof value === 'boolean' ? (given) => (given !== undefined) === value : null;
    default:
      return isComparable(value) ? rangeCondition(operator, value) : null;
  }
}

function equal(value: unknown): Matches | null {
  if (value === null) return isNone;
  return isComparable(value) ? (given) => given === value : null;
}

function oneOf(values: unknown): Matches | null {
  if (!Array.isArray(values) || !values.every((value) => value === null || isComparable(value))) return null;
  const known = new Set<unknown>(values);
  const withNone = known.has(null);
  return (given) => known.has(given) || (withNone && given === undefined);
}

function rangeCondition(operator: string, value: string | number | boolean): Matches | null {
  const type = typeof value;
  const within = (compare: (given: string | number | boolean) => boolean): Matches => {
    return (given) => typeof given === type && compare(given as string | number | boolean);
  };
  if (operator === '$gt') return within((given) => given > value);
  if (operator === '$gte') return within((given) => given >= value);
  if (operator === '$lt') return within((given) => given < value);
  return operator === '$lte' ? within((given) => given <= value) : null;
}

function negated(matches: Matches | null): Matches | null {
  return matches === null ? null : (given) => !matches(given);
}

function isNone(given: KeyValue): boolean {
  return given === undefined || given === null;
}

function isComparable(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
