import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord } from '../connector.ts';
import type { Dialect, Rejected } from './dialect.ts';
import type { ChildShape, Shape } from './shape.ts';
import type { Column } from './table.ts';

/** A record taken apart into what each table is to be told. */
export interface Prepared {
  readonly fields: readonly Assignment[];
  readonly children: readonly PreparedChildren[];
}

/** One column and the value to give it. */
export interface Assignment {
  readonly column: Column;
  /** Ready to be sent. */
  readonly value: unknown;
  /** Name of the field for messages, e.g. `order_details[2].quantity`. */
  readonly field: string;
}

/** The whole list of child rows that a record is to have. */
export interface PreparedChildren {
  readonly child: ChildShape;
  readonly rows: readonly PreparedRow[];
}

/** One child row; `key` is null for one whose key the database makes. */
export interface PreparedRow {
  readonly key: string | null;
  readonly fields: readonly Assignment[];
}

/** Checks field names and kinds of values; whether a value fits its column is for the database to say. */
export function prepareRecord(encode: Encode, shape: Shape, record: ExternalRecord): Prepared | Rejected {
  const lists = new Map(shape.children.map((child) => [child.field, child]));
  const fields: Record<string, JsonValue> = {};
  const children: PreparedChildren[] = [];
  for (const [field, value] of Object.entries(record)) {
    const child = lists.get(field);
    if (!child) {
      fields[field] = value;
      continue;
    }
    const rows = prepareList(encode, child, value);
    if ('is' in rows) return rows;
    children.push({ child, rows });
  }
  const own = assign(fields, { encode, columns: shape.columns, table: shape.table.name, path: '' });
  return 'is' in own ? own : { fields: own, children };
}

/** {@link Dialect.encodeValue} of the database at hand. */
type Encode = Dialect['encodeValue'];

/** True for what {@link prepareRecord} refused. */
export function isRejected(prepared: object): prepared is Rejected {
  return 'is' in prepared;
}

function prepareList(encode: Encode, child: ChildShape, value: JsonValue): PreparedRow[] | Rejected {
  if (!Array.isArray(value)) return reject(child.field, 'must be a list of rows');
  const rows: PreparedRow[] = [];
  const seen = new Set<string>();
  for (const [at, entry] of value.entries()) {
    const path = `${child.field}[${at}]`;
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return reject(path, 'must be a row');
    const given = Object.entries(entry as ExternalRecord);
    const known = given.filter(([name]) => !child.foreignKey.some((column) => column.column === name));
    const columns = [...new Set([...child.columns, ...child.key])];
    const fields = assign(Object.fromEntries(known), { encode, columns, table: child.table.name, path: `${path}.` });
    if ('is' in fields) return fields;
    const key = childKey(child, fields);
    if (key !== null && seen.has(key))
      return reject(path, `has the same ${child.options.key.join(' + ')} as another row`);
    if (key !== null) seen.add(key);
    rows.push({ key, fields: key === null ? fields.filter(({ value: sent }) => sent !== null) : fields });
  }
  return rows;
}

/** Texts as the database writes them, so that rows are told apart as it does; a key that is not complete is minted. */
function childKey(child: ChildShape, fields: readonly Assignment[]): string | null {
  const texts = child.key.map(({ column }) => fields.find((field) => field.column.column === column)?.value ?? null);
  if (texts.some((text) => text === null)) return null;
  const [first = '', ...more] = texts.map((text) =>
    text instanceof Uint8Array ? Buffer.from(text).toString('base64') : String(text),
  );
  return more.length === 0 ? first : JSON.stringify([first, ...more]);
}

interface Target {
  readonly encode: Encode;
  readonly columns: readonly Column[];
  readonly table: string;
  readonly path: string;
}

function assign(fields: ExternalRecord, target: Target): Assignment[] | Rejected {
  const assigned: Assignment[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const column = target.columns.find((candidate) => candidate.column === name);
    const field = `${target.path}${name}`;
    if (!column) return reject(field, `is not a field of this stream; ${target.table} has no such column in it`);
    try {
      assigned.push({ column, field, value: target.encode(value, column) });
    } catch (error) {
      if (error instanceof TypeError) return reject(field, error.message);
      throw error;
    }
  }
  return assigned;
}

function reject(field: string, what: string): Rejected {
  return { is: 'rejected', reason: `${field} ${what}.`, field };
}
