import type { Query } from '../sql/session.ts';
import { columnsOf, loadShape, type Shape, shapeError } from '../sql/shape.ts';
import type { Column } from '../sql/table.ts';
import { describeTable } from './catalog.ts';
import { type Kind, kindOf } from './kind.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';
import { zoneOf } from './session.ts';

/** One stream as declared, with what the database says of its tables. */
export interface MysqlShape extends Shape<StreamOptions> {
  /** SQL of the zone that times without a zone are in. */
  readonly zone: string;
}

/** Looks the tables of a stream up. Throws SystemError `shape` naming what is not as it was declared. */
export async function loadMysqlShape(query: Query, stream: string, parsed: ParsedOptions): Promise<MysqlShape> {
  const options = parsed.streams[stream] as StreamOptions;
  const shape = await loadShape(query, { stream, options, describe: describeTable });
  const { table } = shape;
  for (const column of [...shape.key, ...shape.children.flatMap((child) => [...child.key, ...child.foreignKey])]) {
    if (NO_KEYS.has(kindOf(column))) {
      throw shapeError(stream, `${column.column} is of type ${column.name}, which has no text to name a record by.`);
    }
  }
  const [marker, tombstone] = [options.marker, options.tombstone].map((name) =>
    name === undefined ? undefined : columnsOf(stream, table, [name])[0],
  );
  if (marker && kindOf(marker) !== 'whole') {
    throw shapeError(
      stream,
      `${table.name}.${marker.column} is of type ${marker.name}; mode marker needs whole numbers.`,
    );
  }
  if (tombstone && !isTime(tombstone) && !isNumber(tombstone)) {
    throw shapeError(
      stream,
      `${table.name}.${tombstone.column} is of type ${tombstone.name}; a tombstone is a time or a number.`,
    );
  }
  const dates = options.stamp?.filter((name) => table.columns.get(name)?.name === 'date') ?? [];
  if (dates.length > 0)
    throw shapeError(stream, `${table.name}.${dates.join(', ')} is a date; a stamp needs the time of day.`);
  await requireZone(query, stream, zoneOf(parsed));
  return { ...shape, zone: zoneOf(parsed) };
}

/** SQL that is true for a row that does not count as deleted. */
export function isAlive(alias: string, shape: MysqlShape): string | null {
  const column = tombstoneOf(shape);
  if (!column) return null;
  const name = `${alias}."${column.column.replaceAll('"', '""')}"`;
  return `(${name} is null or ${isTime(column) ? `${name} < '1000-01-01'` : `${name} = 0`})`;
}

/** The column that is set in rows that count as deleted, where one is declared. */
export function tombstoneOf(shape: MysqlShape): Column | undefined {
  return shape.options.tombstone === undefined ? undefined : shape.table.columns.get(shape.options.tombstone);
}

/** SQL of the clock of the database, in the form of a column that keeps times. */
export function clockFor(column: Column | undefined, zone: string): string {
  const isZoned = column !== undefined && kindOf(column) === 'timestamp';
  return isZoned ? 'utc_timestamp(6)' : `convert_tz(utc_timestamp(6), '+00:00', ${zone})`;
}

/** True for a column that keeps dates or times. */
export function isTime(column: Column): boolean {
  return ['date', 'datetime', 'timestamp'].includes(kindOf(column));
}

function isNumber(column: Column): boolean {
  return ['boolean', 'whole', 'decimal', 'bit'].includes(kindOf(column));
}

async function requireZone(query: Query, stream: string, zone: string): Promise<void> {
  const rows = await query(`select convert_tz(utc_timestamp(6), '+00:00', ${zone})`);
  if (rows[0]?.[0] !== null) return;
  const remedy = 'give timeZone as an offset, or load the zone tables with mysql_tzinfo_to_sql';
  throw shapeError(stream, `The database does not know the time zone ${zone}; ${remedy}.`);
}

const NO_KEYS: ReadonlySet<Kind> = new Set(['float', 'json', 'shape', 'timestamp']);
