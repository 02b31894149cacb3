import { z } from 'zod';
import { checkOptions } from '../check-options.ts';
import { complaintsOf } from './contradictions.ts';
import { fieldSchema, formatSchema } from './format-options.ts';
import { sftpSchema } from './sftp-options.ts';

/** An exchange of files with another system. Times in seconds where the name says so, else in milliseconds. See docs/connectors/files.md. */
export type FilesOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** The options of one stream, as in {@link ParsedOptions}. */
export type StreamOptions = ParsedOptions['streams'][string];

/** The options of what is handed over, as in {@link StreamOptions}. */
export type OutboxOptions = NonNullable<StreamOptions['outbox']>;

/** Checks the options. Throws CONFIG_INVALID for the exchange, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions {
  return checkOptions('files', optionsSchema, options);
}

const text = z.string().min(1);
const subfolder = z
  .string()
  .regex(/^[^/\\\0]+(?:\/[^/\\\0]+)*$/, 'write a folder below the exchange folder, as a/b')
  .refine((given) => !given.split('/').some((part) => part === '..' || part === '.'), 'must not lead out by . or ..');
const pattern = z
  .string()
  .min(1)
  .refine((given) => !/[/\\\0]/.test(given), 'a pattern is about names, not about folders; see `folders`')
  .refine((given) => !given.startsWith('.'), 'files whose names begin with a dot are never read');

const readySchema = z.discriminatedUnion('by', [
  /** The other side writes under a name that does not match the pattern, and renames. */
  z.strictObject({ by: z.literal('rename') }),
  /** A file is ready once another one, named like it with a suffix, is there. */
  z.strictObject({ by: z.literal('marker'), suffix: z.string().startsWith('.').min(2).default('.ready') }),
  /** A file is ready once its size and time have stayed the same. */
  z.strictObject({ by: z.literal('stable'), seconds: z.number().positive().default(10) }),
]);

const completeSchema = z.strictObject({
  /** Fewer records than this are no full export. */
  minRows: z.number().int().nonnegative().optional(),
  /** Regular expression for the last line. A group named `rows` must be the number of records. */
  trailer: text.optional(),
  /** A last line that is not ended by a line feed is a truncated file. */
  finalNewline: z.boolean().default(false),
});

const inboxSchema = z.strictObject({
  /** Names of files that list every record, e.g. `products-full-*.csv`. */
  full: pattern.optional(),
  /** Names of files that list changes. */
  delta: pattern.optional(),
  ready: readySchema.default({ by: 'rename' }),
  /** How a full export shows that it is whole. */
  complete: completeSchema.optional(),
  /** Column of a delta that tells puts from deletions. Without it every line is a put. */
  operation: z.strictObject({ field: text, delete: z.array(z.string()).min(1) }).optional(),
  /** A full export that lacks more records than this share, and more than `atLeast`, waits for a person. */
  maxDeletes: z
    .strictObject({ share: z.number().min(0).max(1), atLeast: z.number().int().nonnegative().default(10) })
    .default({ share: 0.1, atLeast: 10 }),
  /** What to do with a file of the same name and content as the last one of that name. */
  repeats: z.enum(['skip', 'apply']).default('skip'),
});

const outboxSchema = z.strictObject({
  /** File names are `<prefix>-<number>-<hash of the write ids>.<ending>`. Default: the name of the stream. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'use letters, digits, - _ and .')
    .optional(),
  /** `whole`: every field of the record; `changed`: only those that changed. */
  rows: z.enum(['whole', 'changed']).default('whole'),
  operation: z
    .strictObject({
      field: text.default('operation'),
      create: text.default('create'),
      update: text.default('update'),
      delete: text.default('delete'),
      add: text.default('add'),
    })
    .prefault({}),
  /** Field that takes the write id. */
  writeId: text.default('write_id'),
  /** The other side adds the amounts of lines whose operation is `add`. */
  adds: z.boolean().default(false),
  /** Suffix of an empty file that is written after each file, to say that it is whole. */
  marker: z.string().startsWith('.').min(2).optional(),
});

const ackSchema = z.strictObject({
  pattern,
  ready: readySchema.default({ by: 'rename' }),
  writeId: text.default('write_id'),
  status: z
    .strictObject({
      field: text.default('status'),
      accepted: z.array(z.string()).min(1).default(['accepted']),
      rejected: z.array(z.string()).min(1).default(['rejected']),
    })
    .prefault({}),
  reason: text.default('reason'),
});

const streamSchema = z
  .strictObject({
    format: formatSchema,
    /** Field that holds the key. */
    key: text,
    /** Fields of a record. Default: all columns, as they are. */
    fields: z.record(text, fieldSchema).optional(),
    inbox: inboxSchema.optional(),
    outbox: outboxSchema.optional(),
    ack: ackSchema.optional(),
    /** How long the other side may take to show what was handed over; until then its older word does not undo ours. */
    settleMs: z.number().int().nonnegative().default(86_400_000),
  })
  .superRefine((stream, context) => {
    for (const { path, message } of complaintsOf(stream)) context.addIssue({ code: 'custom', path, message });
  });

const foldersSchema = z
  .strictObject({
    inbox: subfolder.default('inbox'),
    outbox: subfolder.default('outbox'),
    ack: subfolder.default('ack'),
    done: subfolder.default('done'),
    failed: subfolder.default('failed'),
    sent: subfolder.default('sent'),
  })
  .refine((given) => new Set(Object.values(given)).size === Object.keys(given).length, 'give each its own folder');

const optionsSchema = z
  .strictObject({
    /** A folder of this machine, or one that is mounted. */
    folder: text.optional(),
    /** A folder of an SFTP server. */
    sftp: sftpSchema.optional(),
    /** Local folder for the index of what was read. It can be made again from what lies in `done` and `sent`. */
    state: text,
    folders: foldersSchema.prefault({}),
    streams: z
      .record(text, streamSchema)
      .refine((given) => Object.keys(given).every((name) => /^[A-Za-z0-9][\w-]*$/.test(name)), {
        message: 'folders bear the names of streams: use letters, digits, - and _',
      })
      .refine((given) => Object.keys(given).length > 0, 'declare at least one'),
    pageSize: z.number().int().positive().max(10_000).default(500),
    /** Files that were read or written and are needed no more are kept this long. */
    keepDays: z.number().positive().default(90),
    /** Most bytes of one file, unpacked. */
    maxBytes: z
      .number()
      .int()
      .positive()
      .default(8 * 1024 ** 3),
    /** Most characters of one record. */
    maxRecord: z
      .number()
      .int()
      .positive()
      .default(1024 ** 2),
    /** A lock whose owner gave no sign for this long is taken over. */
    lockTimeoutMs: z.number().int().min(1_000).default(60_000),
  })
  .refine((given) => (given.folder === undefined) !== (given.sftp === undefined), {
    message: 'give either folder or sftp',
    path: ['folder'],
  });
