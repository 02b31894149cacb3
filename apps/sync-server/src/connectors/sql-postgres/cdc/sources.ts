import { quoteTable } from '../../sql/names.ts';
import type { Query } from '../../sql/session.ts';
import { shapeError } from '../../sql/shape.ts';
import type { PostgresShape } from '../shape.ts';
import type { Source } from './collect.ts';

/** A table that holds rows of a stream: one as declared, or a partition of it. */
export interface SourceTable extends Source {
  readonly oid: number;
}

/**
 * The tables that hold rows of a stream, partitions and inheriting tables one by one. Throws SystemError `shape` with the
 * statement to run where an update or a deletion would not tell which record it is about; publishing such a table would
 * make these statements fail for everybody.
 */
export async function findSources(query: Query, stream: string, shape: PostgresShape): Promise<SourceTable[]> {
  const declared = [
    { table: shape.table.name, child: null, columns: shape.options.key },
    ...shape.children.map(({ table, options }, child) => ({ table: table.name, child, columns: options.foreignKey })),
  ];
  const found: SourceTable[] = [];
  for (const { table, child, columns } of declared) {
    for (const row of await query(TABLES, [quoteTable(table)])) {
      const [oid, name, kind, identity, identifying] = row as [string, string, string, string, string[]];
      if (kind === 'p') continue;
      if (kind !== 'r')
        throw shapeError(stream, `${name} is not a table with a log of its own; mode cdc needs tables.`);
      requireIdentity(stream, { name, identity, identifying, columns });
      found.push({ oid: Number(oid), name, child, columns });
    }
  }
  return found;
}

interface Identity {
  readonly name: string;
  /** As in pg_class.relreplident. */
  readonly identity: string;
  /** Columns of the index that identifies a row; none where there is no such index. */
  readonly identifying: readonly string[];
  /** Columns that have to be known. */
  readonly columns: readonly string[];
}

function requireIdentity(stream: string, { name, identity, identifying, columns }: Identity): void {
  if (identity === 'f') return;
  if (identifying.length > 0 && columns.every((column) => identifying.includes(column))) return;
  throw shapeError(
    stream,
    `The log does not say which ${columns.join(' + ')} a row of ${name} had that is updated or deleted. ` +
      `Run: alter table ${name} replica identity full;`,
  );
}

const TABLES = `
  with recursive part (oid) as (
    select $1::regclass::oid union select i.inhrelid from pg_inherits i join part p on i.inhparent = p.oid)
  select c.oid::text, format('%I.%I', n.nspname, c.relname), c.relkind::text, c.relreplident::text,
    coalesce((
      select array_agg(a.attname::text order by a.attnum)
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = c.oid and case c.relreplident when 'd' then i.indisprimary else i.indisreplident end),
      '{}'::text[])
  from part p join pg_class c on c.oid = p.oid join pg_namespace n on n.oid = c.relnamespace
  order by c.oid`;
