import { createHash } from 'node:crypto';
import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord, Item } from '../connector.ts';
import type { ReadOptions, WantedItems } from '../sql/dialect.ts';
import { quoteColumn, quoteName, quoteTable } from '../sql/names.ts';
import { keyColumns } from '../sql/record-key.ts';
import { addDigest, type Digest, digestText, NO_RECORDS } from '../sql/row-digest.ts';
import type { Query } from '../sql/session.ts';
import type { ChildShape, Shape } from '../sql/shape.ts';
import { childDigest, recordDigest } from './digest.ts';
import { joinKeys, keyLists, keyText } from './record-key.ts';

/** Records with their child rows, by key. Keys that are not there are absent. */
export async function readItems(query: Query, shape: Shape, wanted: WantedItems): Promise<Map<string, Item>> {
  const { keys, options = {} } = wanted;
  const parts = keys.map((key) => keyColumns(key, shape.key.length)).filter((texts) => texts !== null);
  if (parts.length === 0) return new Map();
  const rows = options.asText
    ? await query(parentSql(shape, `where ${keyText('t', shape.key)} = any ($1::text[])`), [keys])
    : await query(
        parentSql(shape, `${joinKeys('t', shape.key, 1)} ${lockOf(options)}`),
        keyLists(parts, shape.key.length),
      );
  const asked = new Set(keys);
  const drafts = new Map<string, Draft>();
  for (const row of rows) {
    const [key, version, mark, digest, ...values] = row as [
      string,
      string | null,
      string | null,
      string,
      ...JsonValue[],
    ];
    if (!asked.has(key)) continue;
    const data = toRecord(shape.columns, values);
    drafts.set(key, { version, marks: [mark], digest: addDigest(NO_RECORDS, digest, 0), data });
  }
  for (const child of shape.children) await addChildren(query, shape, { child, drafts });
  return new Map([...drafts].map(([key, draft]) => [key, toItem(shape, key, draft)]));
}

function lockOf({ lock, skipLocked }: ReadOptions): string {
  return lock ? `for update of t ${skipLocked ? 'skip locked' : ''}` : '';
}

interface Draft {
  readonly version: string | null;
  /** What the system keeps of each row: xmin of the parent, then key and xmin of each child. */
  readonly marks: (string | null)[];
  /** Of the rows read so far. */
  digest: Digest;
  readonly data: Record<string, JsonValue>;
}

function parentSql(shape: Shape, lookup: string): string {
  const version = shape.options.version ? `t.${quoteName(shape.options.version)}::text` : 'null';
  const mark = shape.table.stored ? 't.xmin::text' : 'null';
  const fields = shape.columns.map((column) => quoteColumn('t', column));
  const select = [keyText('t', shape.key), version, mark, `${recordDigest(shape)}::text`, ...fields].join(', ');
  return `select ${select} from ${quoteTable(shape.table.name)} t ${lookup}`;
}

async function addChildren(
  query: Query,
  shape: Shape,
  into: { readonly child: ChildShape; readonly drafts: ReadonlyMap<string, Draft> },
): Promise<void> {
  const { child, drafts } = into;
  for (const draft of drafts.values()) draft.data[child.field] = [];
  const parents = [...drafts.keys()].map((key) => keyColumns(key, shape.key.length) ?? []);
  if (parents.length === 0) return;
  const parentKey = keyText('c', child.foreignKey, shape.key);
  const order = child.options.orderBy?.map((column) => `c.${quoteName(column)}`) ?? [];
  const mark = child.table.stored ? 'c.xmin::text' : 'null';
  const digest = `${childDigest(shape, child)}::text`;
  const fields = child.columns.map((column) => quoteColumn('c', column));
  const rows = await query(
    `select ${[parentKey, keyText('c', child.key), mark, digest, ...fields].join(', ')} from ${quoteTable(child.table.name)} c
     ${joinKeys('c', child.foreignKey, 1)}
     order by ${[...order, ...child.key.map((column) => quoteColumn('c', column))].join(', ')}`,
    keyLists(parents, shape.key.length),
  );
  for (const row of rows) {
    const [parent, key, xmin, sum, ...values] = row as [string, string, string | null, string, ...JsonValue[]];
    const draft = drafts.get(parent);
    if (!draft) continue;
    draft.marks.push(child.field, key, xmin);
    draft.digest = addDigest(draft.digest, sum, 0);
    (draft.data[child.field] as JsonValue[]).push(toRecord(child.columns, values));
  }
}

function toRecord(columns: readonly { readonly column: string }[], values: JsonValue[]): Record<string, JsonValue> {
  return Object.fromEntries(columns.map(({ column }, at) => [column, values[at] ?? null]));
}

function toItem(shape: Shape, key: string, draft: Draft): Item {
  const data: ExternalRecord = draft.data;
  const digest = digestText(draft.digest);
  return { key, data, version: versionOf(shape, draft), ...(digest !== null && { digest }) };
}

/** Compared for equality only, so a hash will do where several rows make a record. */
function versionOf(shape: Shape, draft: Draft): string {
  if (draft.version !== null) return draft.version;
  const [xmin] = draft.marks;
  if (xmin !== null && xmin !== undefined && shape.children.length === 0) return xmin;
  const stored = shape.table.stored && shape.children.every((child) => child.table.stored);
  return createHash('sha256')
    .update(JSON.stringify(stored ? draft.marks : draft.data))
    .digest('base64url');
}
