import { z } from 'zod';
import { checkOptions } from '../check-options.ts';

/** What a JSON-over-HTTP service is like. All times in milliseconds. See docs/connectors/rest.md. */
export type RestOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** The options of one stream, as in {@link ParsedOptions}. */
export type StreamOptions = ParsedOptions['streams'][string];

/** What an unusual status means; see {@link RestOptions}. */
export type Meaning = z.output<typeof meaning>;

/** Checks the options. Throws CONFIG_INVALID for the service, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions {
  return checkOptions('rest', optionsSchema, options);
}

const text = z.string().min(1);
const path = z.string().startsWith('/', 'begin the path with a slash; it is added to baseUrl');
const keyPath = path.includes('{key}', 'the path needs {key}');
const milliseconds = z.number().int().nonnegative();

/** The words for what a status means. */
export const meaning = z.enum([
  'down',
  'throttled',
  'auth',
  'shape',
  'cursor-lost',
  'missing',
  'conflict',
  'rejected',
  'unknown',
]);

const page = z.discriminatedUnion('style', [
  /** A token in the answer at `nextAt`, sent back as `param`. */
  z.strictObject({ style: z.literal('cursor'), param: text, nextAt: text }),
  /** The number of records to leave out. */
  z.strictObject({ style: z.literal('offset'), param: text }),
  /** The number of the page. */
  z.strictObject({ style: z.literal('page'), param: text, first: z.number().int().default(1) }),
  /** The key of the last record, beside its stamp in the parameter of `since`. */
  z.strictObject({ style: z.literal('keyset'), param: text }),
  /** The address of the next page, in a Link header or in the answer at `nextAt`. */
  z.strictObject({ style: z.literal('link'), nextAt: text.optional() }),
]);

const since = z.strictObject({
  /** Query parameter that asks for records changed at or after a time. */
  param: text,
  /** Field with the time of the last change. */
  field: text,
  format: z.enum(['iso', 'unix', 'unix-ms']).default('iso'),
  /** How far back each cycle reads again. */
  overlapMs: milliseconds.default(60_000),
  /** The list ascends by `field`. Then pages by number or offset are not skipped when records move behind them. */
  ascending: z.boolean().default(false),
});

const listSchema = z.strictObject({
  path: path.optional(),
  /** Fixed query parameters. */
  query: z.record(text, z.string()).default({}),
  /** Where the records are in the answer. Default: the answer is the list. */
  itemsAt: text.optional(),
  page: page.optional(),
  /** Query parameter and number of records asked for in one page. */
  size: z.strictObject({ param: text, value: z.number().int().positive() }).optional(),
  since: since.optional(),
});

const addsSchema = z.strictObject({
  method: z.enum(['POST', 'PATCH', 'PUT']).default('POST'),
  path: keyPath,
  /** JSON with the placeholders "{amounts}", "{amounts.FIELD}", "{patch}" and "{id}". */
  body: z.json().default('{amounts}'),
});

const streamSchema = z
  .strictObject({
    /** Path of the list, and of creates. */
    path,
    /** Field with the key; a dot path. */
    key: text,
    list: listSchema.default({ query: {} }),
    /** How single records are read: their path, or a query parameter of the list that takes keys joined with commas. */
    get: z
      .union([
        z.strictObject({ path: keyPath }),
        z.strictObject({ idsParam: text, max: z.number().int().positive().default(50) }),
      ])
      .optional(),
    /** Where the record is in the answer to a read or write of one. Default: the answer is the record. */
    itemAt: text.optional(),
    create: z.strictObject({ method: z.enum(['POST', 'PUT']).default('POST'), path: path.optional() }).optional(),
    /** PATCH sends the fields that change, PUT the whole record. */
    update: z.strictObject({ method: z.enum(['PATCH', 'PUT', 'POST']).default('PATCH'), path: keyPath }).optional(),
    delete: z.strictObject({ method: z.enum(['DELETE', 'POST']).default('DELETE'), path: keyPath }).optional(),
    /** How a write is refused if the record has changed: If-Match with its ETag, or a field with its version. */
    guard: z.union([z.literal('etag'), z.strictObject({ field: text })]).optional(),
    /** Header that takes the write id; the service must answer a repeat as it did the first time. */
    idempotencyHeader: text.optional(),
    /** Field that takes our reference, and the query parameter of the list that finds it. */
    ref: z.strictObject({ field: text, param: text }).optional(),
    adds: addsSchema.optional(),
    /** Field that is true or set in records of the list that were deleted. */
    tombstone: z.strictObject({ field: text }).optional(),
  })
  .superRefine((stream, context) => {
    const complain = (at: string[], message: string) => context.addIssue({ code: 'custom', path: at, message });
    if (!stream.get) complain(['get'], 'say how single records are read: only that proves a deletion');
    if (stream.adds && !stream.idempotencyHeader) {
      complain(['adds'], 'needs idempotencyHeader: without it a repeat after a lost answer adds twice');
    }
    if (stream.list.page?.style === 'keyset' && !stream.list.since) {
      complain(['list', 'page'], 'keyset needs since: it goes on behind the stamp and key of the last record');
    }
    if (stream.adds && JSON.stringify(stream.adds.body).includes('{amounts') === false) {
      complain(['adds', 'body'], 'has no {amounts} or {amounts.FIELD}');
    }
  });

const optionsSchema = z.strictObject({
  /** `https://host/base`, without user and password. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((given) => !new URL(given).username, 'put user and password into auth'),
  headers: z.record(text, z.string()).default({}),
  auth: z
    .union([
      z.strictObject({ bearer: text }),
      z.strictObject({ user: text, password: z.string() }),
      z.strictObject({ header: text, value: text }),
    ])
    .optional(),
  streams: z.record(text, streamSchema).refine((given) => Object.keys(given).length > 0, 'declare at least one'),
  /** Path of a cheap call that needs the credentials. Default: the list of the first stream. */
  checkPath: path.optional(),
  /** What statuses mean where the service departs from the usual, e.g. `{ 418: 'throttled' }`. */
  statuses: z
    .record(z.string(), meaning)
    .refine((given) => Object.keys(given).every((status) => /^[1-5]\d\d$/.test(status)), 'a status has three digits')
    .default({}),
  /** Dot paths to reason and field in the answer to a refused write. Default: the places commonly used. */
  complaint: z.strictObject({ reasonAt: text.optional(), fieldAt: text.optional() }).default({}),
  timeoutMs: milliseconds.min(1).default(30_000),
  /** Larger answers are not read. */
  maxBytes: z
    .number()
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  /** Most records that a scan holds at a time. */
  maxScan: z.number().int().positive().default(200_000),
});
