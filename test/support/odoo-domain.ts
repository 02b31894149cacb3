/** A row of the fake Odoo as it is stored. */
export type OdooRow = Record<string, unknown> & { id: number };

/** Looks at a record of another model. */
export type Follow = (field: string, row: OdooRow) => readonly OdooRow[] | null;

/** Whether a row meets a domain in prefix form: `|`, `&`, `!`, and conditions that all have to be met. */
export function meets(row: OdooRow, domain: readonly unknown[], follow: Follow): boolean {
  const rest = [...domain];
  let all = true;
  while (rest.length > 0) all = term(row, rest, follow) && all;
  return all;
}

function term(row: OdooRow, rest: unknown[], follow: Follow): boolean {
  const next = rest.shift();
  if (next === '!') return !term(row, rest, follow);
  if (next === '|' || next === '&') {
    const [a, b] = [term(row, rest, follow), term(row, rest, follow)];
    return next === '|' ? a || b : a && b;
  }
  const [path, operator, value] = next as [string, string, unknown];
  const [field = '', ...deeper] = path.split('.');
  if (deeper.length === 0) return compare(row[field] ?? false, operator, value);
  const condition = [[deeper.join('.'), operator, value]];
  return (follow(field, row) ?? []).some((one) => meets(one, condition, follow));
}

function compare(stored: unknown, operator: string, value: unknown): boolean {
  if (operator === '=') return stored === value;
  if (operator === '!=') return stored !== value;
  if (operator === 'in') return (value as unknown[]).includes(stored);
  // An empty field is NULL in the database: it is neither above nor below.
  if (stored === false) return false;
  const [a, b] = [stored as string, value as string];
  if (operator === '>') return a > b;
  if (operator === '>=') return a >= b;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  throw new Error(`The fake knows no operator ${operator}.`);
}
