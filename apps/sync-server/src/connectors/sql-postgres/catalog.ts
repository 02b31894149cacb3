import type { Query } from '../sql/session.ts';
import type { Column, Table } from '../sql/table.ts';

/** Describes a table by its schema-qualified name, or null if there is none that this user can see. */
export async function describeTable(query: Query, name: string): Promise<Table | null> {
  const [schema, table] = name.split('.');
  const found = await query(TABLE, [schema, table]);
  const [oid, kind] = found[0] ?? [];
  if (oid === undefined) return null;
  const columns = await query(COLUMNS, [oid]);
  const unique = await query(UNIQUE, [oid]);
  return {
    name,
    stored: kind === 'r' || kind === 'p',
    columns: new Map(columns.map((row) => [String(row[0]), toColumn(row)])),
    unique: unique.map(([names]) => names as string[]),
  };
}

/** The columns of a constraint or unique index, for messages. */
export async function columnsOfConstraint(query: Query, table: string, constraint: string): Promise<string[]> {
  const rows = await query(CONSTRAINT, [...table.split('.'), constraint]);
  return rows.map(([column]) => String(column));
}

function toColumn([column, name, base, list, modifier, computed]: unknown[]): Column {
  const array = list === 'A';
  const limited = (base === 'varchar' || base === 'bpchar') && Number(modifier) > LENGTH_HEADER;
  return {
    column: String(column),
    name: String(name),
    json: base === 'json' || base === 'jsonb',
    bytes: base === 'bytea',
    array,
    maxLength: limited ? Number(modifier) - LENGTH_HEADER : null,
    computed: computed === true,
  };
}

/** PostgreSQL counts four bytes of header into the length of a text type. */
const LENGTH_HEADER = 4;

const TABLE = `
  select c.oid::text, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')`;

const COLUMNS = `
  select a.attname::text, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname)::text,
    coalesce(b.typcategory, t.typcategory)::text, case when b.oid is null then a.atttypmod else t.typtypmod end,
    a.attgenerated <> '' or a.attidentity = 'a'
  from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
  where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

const UNIQUE = `
  select array_agg(a.attname::text)
  from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
  where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
  group by i.indexrelid`;

const CONSTRAINT = `
  with target as (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2)
  select a.attname::text from target t
    join pg_constraint c on c.conrelid = t.oid and c.conname = $3
    join pg_attribute a on a.attrelid = t.oid and a.attnum = any (c.conkey)
  union
  select a.attname::text from target t
    join pg_index i on i.indrelid = t.oid join pg_class x on x.oid = i.indexrelid and x.relname = $3
    join pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)`;
