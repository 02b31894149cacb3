import type { Query } from '../sql/session.ts';
import type { Column, Table } from '../sql/table.ts';

/** Describes a table by its name with its database, or null if there is none that this user can see. */
export async function describeTable(query: Query, name: string): Promise<Table | null> {
  const [database, table] = name.split('.');
  const found = await query(TABLE, [database, table]);
  const row = found.find(([exact]) => exact === table) ?? (found.length === 1 ? found[0] : undefined);
  if (!row) return null;
  const [exact, type, engine, transactions] = row;
  const columns = await query(COLUMNS, [database, exact]);
  const unique = await query(UNIQUE, [database, exact]);
  const texts = await jsonColumns(query, String(database), String(exact));
  const grouped = new Map<string, string[]>();
  for (const [index, column] of unique)
    grouped.set(String(index), [...(grouped.get(String(index)) ?? []), String(column)]);
  return {
    name,
    stored: type !== 'VIEW',
    columns: new Map(columns.map((column) => [String(column[0]), toColumn(column, texts)])),
    unique: [...grouped.values()],
    ...(engine !== null &&
      transactions !== 'YES' && {
        unsafe: `${name} is kept by ${engine}, which has no transactions: what fails half-way could not be undone. Use "alter table ${name} engine = InnoDB", or do not push to it.`,
      }),
  };
}

/** The columns of a unique index, for messages. */
export async function columnsOfIndex(query: Query, table: string, index: string): Promise<string[]> {
  const rows = await query(INDEX, [...table.split('.'), index]);
  return rows.map(([column]) => String(column));
}

/** The condition of a check constraint, or null where the database does not say. */
export async function conditionOf(query: Query, table: string, constraint: string): Promise<string | null> {
  const [database] = table.split('.');
  const rows = await query(CHECK, [database, constraint]);
  return rows[0] ? String(rows[0][0]) : null;
}

/** MariaDB keeps JSON in text columns whose check says so. */
async function jsonColumns(query: Query, database: string, table: string): Promise<Set<string>> {
  const [version] = (await query('select version()'))[0] ?? [];
  if (!String(version).includes('MariaDB')) return new Set();
  const rows = await query(JSON_CHECKS, [database, table]);
  return new Set(rows.map(([column]) => String(column)));
}

function toColumn(row: unknown[], texts: ReadonlySet<string>): Column {
  const [column, type, kind, length, extra, nullable, given] = row.map((value) =>
    value === null ? null : String(value),
  );
  const name = texts.has(String(column)) ? 'json' : String(type);
  const limited = kind === 'varchar' || kind === 'char';
  const zero = nullable === 'NO' && /^'?0000-00-00/.test(given ?? '');
  return {
    column: String(column),
    name,
    json: name === 'json',
    bytes: /binary|blob/.test(String(kind)),
    array: kind === 'set',
    maxLength: limited ? Number(length) : null,
    computed: /(?:VIRTUAL|STORED|PERSISTENT) GENERATED|^(?:VIRTUAL|PERSISTENT)$/i.test(extra ?? ''),
    numbered: /auto_increment/i.test(extra ?? ''),
    ...(zero && { blank: kind === 'date' ? '0000-00-00' : '0000-00-00 00:00:00' }),
  };
}

const TABLE = `
  select t.table_name, t.table_type, t.engine, e.transactions
  from information_schema.tables t left join information_schema.engines e on e.engine = t.engine
  where t.table_schema = $1 and t.table_name = $2`;

const COLUMNS = `
  select column_name, column_type, data_type, character_maximum_length, extra, is_nullable, column_default
  from information_schema.columns where table_schema = $1 and table_name = $2 order by ordinal_position`;

/** Without indexes on a part of a text, on expressions, or on columns that can be null: they let duplicates in. */
const UNIQUE = `
  select index_name, column_name from information_schema.statistics s
  where table_schema = $1 and table_name = $2 and non_unique = 0 and not exists (
    select 1 from information_schema.statistics x
    where x.table_schema = s.table_schema and x.table_name = s.table_name and x.index_name = s.index_name
      and (x.sub_part is not null or x.column_name is null or x.nullable = 'YES'))
  order by index_name, seq_in_index`;

const INDEX = `
  select column_name from information_schema.statistics
  where table_schema = $1 and table_name = $2 and index_name = $3 and column_name is not null order by seq_in_index`;

const CHECK = `
  select check_clause from information_schema.check_constraints where constraint_schema = $1 and constraint_name = $2`;

const JSON_CHECKS = `
  select constraint_name from information_schema.check_constraints
  where constraint_schema = $1 and table_name = $2 and level = 'Column'
    and check_clause in (concat('json_valid("', constraint_name, '")'), concat('json_valid(\`', constraint_name, '\`)'))`;
