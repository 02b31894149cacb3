import { DatastoreError } from '@datastores/core';
import type { ClientConfig } from 'pg';
import { z } from 'zod';

/**
 * Options of one table as a stream, and of the connection. All times in milliseconds. Names of columns are the names of
 * record fields. See docs/connectors/sql-postgres.md.
 */
export type SqlPostgresOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in and lists made of single columns. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** The options of one stream, as in {@link ParsedOptions}. */
export type StreamOptions = ParsedOptions['streams'][string];

/** The options of child rows that are part of a record. */
export type ChildOptions = NonNullable<StreamOptions['children']>[string];

/** Checks the options. Throws CONFIG_INVALID for the connection, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const inStream = parsed.error.issues.every((issue) => issue.path[0] === 'streams' && issue.path.length > 1);
  const found = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`).join('; ');
  throw new DatastoreError(inStream ? 'BINDING_INVALID' : 'CONFIG_INVALID', `sql-postgres: ${found}.`, {
    remedy: 'Correct these entries; docs/connectors/sql-postgres.md lists them all.',
    details: parsed.error.issues,
  });
}

const column = z.string().min(1);
const columnList = z.union([column, z.array(column).min(1)]).transform((given) => [given].flat());
const table = z.string().regex(/^[^.]+\.[^.]+$/, 'write the table with its schema, e.g. public.orders');
const milliseconds = z.number().int().nonnegative();

const childSchema = z.strictObject({
  /** Schema-qualified table of the child rows. */
  table,
  /** Columns that are unique among the rows of one parent. */
  key: columnList,
  /** Columns that hold the key of the parent, in the order of its key. */
  foreignKey: columnList,
  /** Columns that are part of the record. Default: all but the foreign key. */
  columns: z.array(column).min(1).optional(),
  /** Columns that order the list. Default: the key. */
  orderBy: columnList.optional(),
  /** Mode `stamp`: column with the time of the last change of the child row. */
  stamp: column.optional(),
  /** Mode `xid`: column of type xid8 with the transaction that last changed the child row. */
  xid: column.optional(),
});

const streamSchema = z
  .strictObject({
    /** Schema-qualified table, e.g. `public.orders`. */
    table,
    /** Columns of a unique key. */
    key: columnList,
    /** Columns that are part of the record. Default: all. */
    columns: z.array(column).min(1).optional(),
    /** How changes are found. */
    mode: z.enum(['stamp', 'xid', 'xmin']),
    /** Mode `stamp`: the column with the time of the last change; of several the latest counts. */
    stamp: columnList.optional(),
    /** Mode `xid`: the column of type xid8 with the transaction that last changed the row. */
    xid: column.optional(),
    /** Mode `stamp`: how far back each cycle reads again, for transactions that committed late. */
    overlapMs: milliseconds.default(60_000),
    children: z.record(z.string().min(1), childSchema).optional(),
    /** Column compared for guarded writes. Default: what the system keeps of row and children by itself (xmin). */
    version: column.optional(),
    /** Our writes set `stamp` or `xid` and count `version` up, for tables that no trigger does it for. */
    touch: z.boolean().default(false),
    /** Column that takes the reference of a create, so that it can be found again. */
    ref: column.optional(),
    /** Where the key of a created row comes from. Default: the record brings it. */
    mintKey: z
      .union([
        z.enum(['sequence', 'identity']),
        z.strictObject({ max: z.literal(true) }),
        z.strictObject({ sql: z.string().min(1) }),
      ])
      .optional(),
  })
  .superRefine((stream, context) => {
    const complain = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (stream.mode === 'stamp' && !stream.stamp) complain(['stamp'], 'mode stamp needs the column of the time stamp');
    if (stream.mode === 'xid' && !stream.xid) complain(['xid'], 'mode xid needs a column of type xid8');
    if (stream.mode !== 'stamp' && stream.stamp) complain(['stamp'], `mode ${stream.mode} does not read a time stamp`);
    if (stream.mode !== 'xid' && stream.xid) complain(['xid'], `mode ${stream.mode} does not read an xid8 column`);
    if (stream.touch && stream.mode === 'xmin' && !stream.version) {
      complain(['touch'], 'there is neither a stamp, an xid nor a version column to set');
    }
    if (stream.key.length > 1 && typeof stream.mintKey === 'object') {
      complain(['mintKey'], 'a key of several columns cannot be minted; let the record bring it');
    }
    for (const [field, child] of Object.entries(stream.children ?? {})) {
      if (child.foreignKey.length !== stream.key.length) {
        complain(['children', field, 'foreignKey'], `needs as many columns as the key of ${stream.table}`);
      }
      if (stream.columns?.includes(field)) complain(['children', field], 'a column of the same name is read too');
    }
  });

const optionsSchema = z
  .strictObject({
    /** `postgres://user:password@host:port/database`. */
    connectionString: z.string().min(1).optional(),
    /** Connection options of the package `pg`, instead of a connection string. */
    client: z.custom<ClientConfig>((given) => typeof given === 'object' && given !== null).optional(),
    streams: z.record(z.string().min(1), streamSchema),
    /** Schema of the table that makes writes exactly-once, or false where no table may be added. */
    ledger: z
      .union([
        z.literal(false),
        z.strictObject({ schema: z.string().min(1), keepDays: z.number().positive().default(90) }),
      ])
      .default({ schema: 'datastores', keepDays: 90 }),
    /** Records in one page. */
    pageSize: z.number().int().positive().max(10_000).default(500),
    /** Connections at most. */
    connections: z.number().int().positive().default(4),
    /** A statement that takes longer is cancelled. */
    statementTimeoutMs: milliseconds.min(1).default(30_000),
    /** A write that waits longer for a lock is put off. */
    lockTimeoutMs: milliseconds.min(1).default(5_000),
    connectTimeoutMs: milliseconds.min(1).default(10_000),
  })
  .refine((given) => (given.connectionString === undefined) !== (given.client === undefined), {
    message: 'give either connectionString or client',
    path: ['connectionString'],
  })
  .refine((given) => Object.keys(given.streams).length > 0, { message: 'declare at least one', path: ['streams'] });
