import type { PoolOptions } from 'mysql2/promise';
import { z } from 'zod';
import { checkOptions } from '../check-options.ts';
import { checkKeyAndChildren, childFields, column, connectionFields, streamFields, tableName } from '../sql/options.ts';

/**
 * Options of one table as a stream, and of the connection. All times in milliseconds. Names of columns are the names of
 * record fields. See docs/connectors/sql-mysql.md.
 */
export type SqlMysqlOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in and lists made of single columns. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** The options of one stream, as in {@link ParsedOptions}. */
export type StreamOptions = ParsedOptions['streams'][string];

/** Checks the options. Throws CONFIG_INVALID for the connection, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions {
  return checkOptions('sql-mysql', optionsSchema, options);
}

const table = tableName('shop.orders', 'database');

const childSchema = z.strictObject({
  /** Table of the child rows, with its database. */
  table,
  ...childFields,
});

const streamSchema = z
  .strictObject({
    /** Table with its database, e.g. `shop.orders`. */
    table,
    ...streamFields,
    /** How changes are found. */
    mode: z.enum(['stamp', 'marker']),
    /** Mode `marker`: a column of whole numbers that every change sets higher than all before it. */
    marker: column.optional(),
    /** Mode `marker`: how many numbers back each cycle reads again, for transactions that committed late. */
    overlapMarks: z.number().int().nonnegative().default(1_000),
    children: z.record(z.string().min(1), childSchema).optional(),
    /** Column compared for guarded writes. Default: a hash over the fields of the record. */
    version: column.optional(),
    /** Our writes set `stamp` and count `version` up, for tables that no default or trigger does it for. */
    touch: z.boolean().default(false),
    /** Column, a time or a number, that is set in rows that count as deleted. */
    tombstone: column.optional(),
    /** Where the key of a created row comes from. Default: the record brings it. */
    mintKey: z
      .union([z.literal('auto'), z.strictObject({ max: z.literal(true) }), z.strictObject({ sql: z.string().min(1) })])
      .optional(),
  })
  .superRefine((stream, context) => {
    const complain = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (stream.mode === 'stamp' && !stream.stamp) complain(['stamp'], 'mode stamp needs the column of the time stamp');
    if (stream.mode === 'marker' && !stream.marker) complain(['marker'], 'mode marker needs a column of whole numbers');
    if (stream.mode === 'marker' && stream.stamp) complain(['stamp'], 'mode marker does not read a time stamp');
    if (stream.mode === 'stamp' && stream.marker) complain(['marker'], 'mode stamp does not read a marker');
    if (stream.touch && !stream.stamp && !stream.version) {
      complain(['touch'], 'there is neither a stamp nor a version column to set; a marker is for the database to set');
    }
    for (const [field, child] of Object.entries(stream.children ?? {})) {
      if (child.stamp && stream.mode !== 'stamp') complain(['children', field, 'stamp'], 'only mode stamp reads it');
    }
    checkKeyAndChildren(stream, complain);
  });

const optionsSchema = z
  .strictObject({
    /** `mysql://user:password@host:port/database`. */
    connectionString: z.string().min(1).optional(),
    /** Connection options of the package `mysql2`, instead of a connection string. */
    client: z.custom<PoolOptions>((given) => typeof given === 'object' && given !== null).optional(),
    streams: z.record(z.string().min(1), streamSchema),
    /** Database of the table that makes writes exactly-once, or false where no table may be added. */
    ledger: z
      .union([
        z.literal(false),
        z.strictObject({ database: z.string().min(1), keepDays: z.number().positive().default(90) }),
      ])
      .default({ database: 'datastores', keepDays: 90 }),
    /** Zone of times without a zone, an offset or a name. Default: the one the database is set to. */
    timeZone: z
      .string()
      .regex(
        /^(?:[+-]\d\d:\d\d|[A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*)$/,
        'write an offset or a name, e.g. +02:00 or Europe/Berlin',
      )
      .optional(),
    ...connectionFields,
  })
  .refine((given) => (given.connectionString === undefined) !== (given.client === undefined), {
    message: 'give either connectionString or client',
    path: ['connectionString'],
  })
  .refine((given) => Object.keys(given.streams).length > 0, { message: 'declare at least one', path: ['streams'] });
