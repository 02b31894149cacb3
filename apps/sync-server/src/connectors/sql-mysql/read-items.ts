import { createHash } from 'node:crypto';
import type { JsonValue } from '@datastores/core/schema';
import type { Item } from '../connector.ts';
import type { WantedItems } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import { addDigest, type Digest, digestText, NO_RECORDS } from '../sql/row-digest.ts';
import type { Query } from '../sql/session.ts';
import type { Column } from '../sql/table.ts';
import { decodeValue, readColumn } from './decode-value.ts';
import { childDigest, recordDigest } from './digest.ts';
import { asBytes, isOneOf, keyText } from './record-key.ts';
import { isAlive, type MysqlShape } from './shape.ts';

/** Records with their child rows, by key. Keys that are not there, and rows that count as deleted, are absent. */
export async function readItems(query: Query, shape: MysqlShape, wanted: WantedItems): Promise<Map<string, Item>> {
  const { keys, options = {} } = wanted;
  const found = lookup(shape, wanted);
  if (!found) return new Map();
  const version = shape.options.version ? `cast(t.${quoteName(shape.options.version)} as char)` : 'null';
  const fields = shape.columns.map((column) => readColumn('t', column));
  const rows = await query(
    `select ${[keyText('t', shape.key), version, `cast(${recordDigest(shape)} as char)`, ...fields].join(', ')} from ${quoteTable(shape.table.name)} t
     where ${found.where} ${options.lock ? 'for update' : ''}`,
    found.values,
  );
  const asked = new Set(keys);
  const drafts = new Map<string, Draft>();
  for (const row of rows) {
    const [key, mark, sum, ...values] = row as [string, string | null, string | null, ...(string | null)[]];
    const digest = addDigest(NO_RECORDS, sum, sum === null ? 1 : 0);
    if (asked.has(key)) drafts.set(key, { version: mark, digest, data: toRecord(shape.columns, values) });
  }
  await addChildren(query, shape, { wanted: { ...wanted, keys: [...drafts.keys()] }, drafts });
  return new Map(
    [...drafts].map(([key, { data, version: mark, digest: sum }]) => {
      const digest = digestText(sum);
      return [key, { key, data, version: mark ?? hashOf(data), ...(digest !== null && { digest }) }];
    }),
  );
}

interface Draft {
  readonly version: string | null;
  /** Of the rows read so far. */
  digest: Digest;
  readonly data: Record<string, JsonValue>;
}

/** Condition and values that find the rows of some keys; null if none of them can be a key. */
function lookup(shape: MysqlShape, { keys, options = {} }: WantedItems) {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  if (keys.length === 0) return null;
  const isKey = options.asText
    ? `${asBytes(keyText('t', shape.key))} in (${keys.map((key) => asBytes(bind(key))).join(', ')})`
    : isOneOf('t', shape.key, { keys, bind });
  if (isKey === null) return null;
  return { where: [isKey, isAlive('t', shape)].filter((condition) => condition !== null).join(' and '), values };
}

/** Joined with their parents: a foreign key need not have the very text of the key that it refers to. */
async function addChildren(
  query: Query,
  shape: MysqlShape,
  into: { readonly wanted: WantedItems; readonly drafts: ReadonlyMap<string, Draft> },
): Promise<void> {
  const found = lookup(shape, into.wanted);
  for (const child of shape.children) {
    for (const draft of into.drafts.values()) draft.data[child.field] = [];
    if (!found) continue;
    const equal = child.foreignKey.map(
      (column, at) => `${quoteColumn('c', column)} = ${quoteColumn('t', shape.key[at] as Column)}`,
    );
    const order = child.options.orderBy?.map((column) => `c.${quoteName(column)}`) ?? [];
    const digest = `cast(${childDigest(shape, child)} as char)`;
    const fields = child.columns.map((column) => readColumn('c', column));
    const rows = await query(
      `select ${[keyText('t', shape.key), digest, ...fields].join(', ')}
       from ${quoteTable(shape.table.name)} t join ${quoteTable(child.table.name)} c on ${equal.join(' and ')}
       where ${found.where}
       order by ${[...order, ...child.key.map((column) => quoteColumn('c', column))].join(', ')}`,
      found.values,
    );
    for (const row of rows) {
      const [parent, sum, ...values] = row as [string, string | null, ...(string | null)[]];
      const draft = into.drafts.get(parent);
      if (!draft) continue;
      draft.digest = addDigest(draft.digest, sum, sum === null ? 1 : 0);
      (draft.data[child.field] as JsonValue[]).push(toRecord(child.columns, values));
    }
  }
}

function toRecord(columns: readonly Column[], values: readonly (string | null)[]): Record<string, JsonValue> {
  return Object.fromEntries(columns.map((column, at) => [column.column, decodeValue(values[at] ?? null, column)]));
}

/** Compared for equality only. MySQL keeps no version of a row by itself. */
function hashOf(data: Readonly<Record<string, JsonValue>>): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('base64url');
}
