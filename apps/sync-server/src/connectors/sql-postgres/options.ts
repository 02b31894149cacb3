import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { checkOptions } from '../check-options.ts';
import {
  checkKeyAndChildren,
  childFields,
  column,
  connectionFields,
  milliseconds,
  streamFields,
  tableName,
} from '../sql/options.ts';

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
  return checkOptions('sql-postgres', optionsSchema, options);
}

const table = tableName('public.orders', 'schema');

const childSchema = z.strictObject({
  /** Schema-qualified table of the child rows. */
  table,
  ...childFields,
  /** Mode `xid`: column of type xid8 with the transaction that last changed the child row. */
  xid: column.optional(),
});

const streamSchema = z
  .strictObject({
    /** Schema-qualified table, e.g. `public.orders`. */
    table,
    ...streamFields,
    /** How changes are found. */
    mode: z.enum(['stamp', 'xid', 'xmin', 'cdc']),
    /** Mode `xid`: the column of type xid8 with the transaction that last changed the row. */
    xid: column.optional(),
    /** Mode `cdc`: name of the replication slot. Default: made of `replication.name` and the name of the stream. */
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'slots are named with at most 63 lower-case letters, digits and underscores')
      .optional(),
    /** Mode `cdc`: name of the publication. Default: that of the slot. */
    publication: z.string().min(1).max(63).optional(),
    children: z.record(z.string().min(1), childSchema).optional(),
    /** Column compared for guarded writes. Default: what the system keeps of row and children by itself (xmin). */
    version: column.optional(),
    /** Our writes set `stamp` or `xid` and count `version` up, for tables that no trigger does it for. */
    touch: z.boolean().default(false),
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
    for (const name of ['slot', 'publication'] as const) {
      if (stream.mode !== 'cdc' && stream[name]) complain([name], `mode ${stream.mode} uses no replication`);
    }
    if (stream.touch && !stream.stamp && !stream.xid && !stream.version) {
      complain(['touch'], 'there is neither a stamp, an xid nor a version column to set');
    }
    checkKeyAndChildren(stream, complain);
  });

const replicationSchema = z.strictObject({
  /** Beginning of the names of slots and publications. Every server that reads the cluster needs another one. */
  name: z.string().min(1).max(40).default('datastores'),
  /** Hear of changes at once, over a replication connection. Not possible through a pooler such as PgBouncer. */
  live: z.boolean().default(true),
  /** Reading of the log that takes longer is cancelled. */
  decodeTimeoutMs: milliseconds.min(1).default(600_000),
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
    replication: replicationSchema.prefault({}),
    ...connectionFields,
  })
  .refine((given) => (given.connectionString === undefined) !== (given.client === undefined), {
    message: 'give either connectionString or client',
    path: ['connectionString'],
  })
  .refine((given) => Object.keys(given.streams).length > 0, { message: 'declare at least one', path: ['streams'] });
