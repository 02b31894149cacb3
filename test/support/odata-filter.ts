/** A condition in SQL with its parameters. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Turns a `$filter` of comparisons, `and`, `or` and parentheses into SQL. Throws on everything else. */
export function parseFilter(filter: string, columns: ReadonlyMap<string, string>): SqlCondition {
  const tokens = [...filter.matchAll(TOKEN)].map(([token]) => token);
  if (tokens.join('') !== filter.replaceAll(BLANKS_OUTSIDE, '$1')) throw new Error(`unexpected character in ${filter}`);
  const values: (string | number)[] = [];
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at] ?? '';
    if (token === '' || (wanted !== undefined && token !== wanted))
      throw new Error(`expected ${wanted ?? 'more'} at ${at}`);
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
    if (column === undefined) throw new Error(`no property ${property}`);
    const operator = OPERATORS[take()];
    if (operator === undefined) throw new Error(`no comparison behind ${property}`);
    const literal = take();
    if (literal === 'null') return `${column} ${operator === '=' ? 'is' : 'is not'} null`;
    values.push(valueOf(literal));
    return `${column} ${operator} ?`;
  };
  const sql = either();
  if (at < tokens.length) throw new Error(`unexpected ${tokens[at]}`);
  return { sql, values };
}

/** A time with seven digits behind the point, as it is stored and compared. */
export function storedTime(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(7, '0')}Z`;
}

function valueOf(literal: string): string | number {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  if (/^\d{4}-.*T/.test(literal)) return storedTime(literal);
  if (/^-?\d+$/.test(literal)) return Number(literal);
  throw new Error(`no literal: ${literal}`);
}

const TOKEN = /'(?:[^']|'')*'|[()]|[\w.:+-]+/g;
/** Blanks, but not those inside texts. */
const BLANKS_OUTSIDE = /('(?:[^']|'')*')|\s+/g;
const OPERATORS: Readonly<Record<string, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };
