import { Refusal } from '../refusal.ts';

/** A condition in SQL with its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** What may be compared, as SQL by property, and how a time is stored. */
export interface FilterColumns {
  readonly columns: ReadonlyMap<string, string>;
  /** Default: as it is written. */
  readonly storedTime?: (literal: string) => string;
}

/** Turns a `$filter` of comparisons, `and`, `or` and parentheses into SQL. Throws Refusal on everything else. */
export function parseFilter(filter: string, { columns, storedTime = (time) => time }: FilterColumns): SqlCondition {
  const tokens = [...filter.matchAll(TOKEN)].map(([token]) => token);
  if (tokens.join('') !== filter.replaceAll(BLANKS_OUTSIDE, '$1'))
    throw new Refusal(400, `There is an unexpected character in ${filter}.`);
  const values: (string | number)[] = [];
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at] ?? '';
    if (token === '' || (wanted !== undefined && token !== wanted))
      throw new Refusal(400, `Expected ${wanted ?? 'more'} at word ${at + 1} of the filter.`);
    at += 1;
    return token;
  };
  const joined = (word: 'and' | 'or', part: () => string): string => {
    const parts = [part()];
    while (tokens[at] === word) {
      take();
      parts.push(part());
    }
    return `(${parts.join(` ${word} `)})`;
  };
  const either = (): string => joined('or', both);
  const both = (): string => joined('and', one);
  const one = (): string => {
    if (tokens[at] === '(') {
      take('(');
      const inner = either();
      take(')');
      return inner;
    }
    const property = take();
    const column = columns.get(property);
    if (column === undefined) throw new Refusal(400, `There is no property ${property}.`);
    const operator = OPERATORS[take()];
    if (operator === undefined) throw new Refusal(400, `There is no comparison behind ${property}.`);
    const literal = take();
    if (literal === 'null') return `${column} ${operator === '=' ? 'is' : 'is not'} null`;
    values.push(valueIn(literal, storedTime));
    return `${column} ${operator} ?`;
  };
  const sql = either();
  if (at < tokens.length) throw new Refusal(400, `The filter should end before ${tokens[at]}.`);
  return { sql, values };
}

function valueIn(literal: string, storedTime: (time: string) => string): string | number {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  if (/^\d{4}-.*T/.test(literal)) return storedTime(literal);
  if (/^-?\d+$/.test(literal)) return Number(literal);
  if (literal === 'true' || literal === 'false') return literal === 'true' ? 1 : 0;
  throw new Refusal(400, `${literal} is no value.`);
}

const TOKEN = /'(?:[^']|'')*'|[()]|[\w.:+-]+/g;
/** Blanks, but not those inside texts. */
const BLANKS_OUTSIDE = /('(?:[^']|'')*')|\s+/g;
const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };
