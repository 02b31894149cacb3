import { createHash } from 'node:crypto';
import type { ClientBase, QueryArrayResult, QueryResult } from 'pg';
import { encodeText } from './text-code.ts';

/** One statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | number | null | Buffer)[];
}

/** Makes a statement. */
export function statement(text: string, ...values: Statement['values']): Statement {
  return { text, values };
}

/** Runs a statement and returns its rows as objects. */
export async function rowsOf<Row>(client: ClientBase, { text, values }: Statement): Promise<readonly Row[]> {
  const result: QueryResult = await client.query({ name: nameOf(text), text, values: values.map(encoded) });
  return result.rows as Row[];
}

/** Runs a statement and returns its rows as lists: names cost as much as the whole lookup. */
export async function listsOf<Row>(client: ClientBase, { text, values }: Statement): Promise<readonly Row[]> {
  const result: QueryArrayResult = await client.query({
    name: nameOf(text),
    text,
    values: values.map(encoded),
    rowMode: 'array',
  });
  return result.rows as unknown as Row[];
}

/** Runs a statement and says how many rows it changed. */
export async function run(client: ClientBase, { text, values }: Statement): Promise<number> {
  const { rowCount } = await client.query({ name: nameOf(text), text, values: values.map(encoded) });
  return rowCount ?? 0;
}

const names = new Map<string, string>();

/** Statements are few and come again and again, so each is planned once for each connection. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  names.set(text, name);
  return name;
}

function encoded(value: Statement['values'][number]) {
  return typeof value === 'string' ? encodeText(value) : value;
}
