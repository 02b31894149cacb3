import { z } from 'zod';
import { checkOptions, invalidOptions } from '../check-options.ts';
import { parseDocument } from './document.ts';
import { prepareStream, type StreamDocuments } from './prepare-stream.ts';

/** A GraphQL service: how it is reached, and the documents that read and write it. Times in milliseconds. See docs/connectors/graphql.md. */
export type GraphqlOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = Omit<z.output<typeof optionsSchema>, 'streams'>;

/** The options of one stream as they were given. */
export type DeclaredStream = z.output<typeof streamSchema>;

/** The options of one stream, and its documents as they were read. */
export type StreamOptions = Pick<
  DeclaredStream,
  'key' | 'numericKeys' | 'version' | 'ref' | 'tombstone' | 'batch' | 'idempotencyHeader'
> &
  StreamDocuments;

/** What a code of an error means. */
export type Meaning = z.output<typeof meaning>;

/** Checks options and documents. Throws CONFIG_INVALID for the service, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions & { streams: Record<string, StreamOptions> } {
  const checked = checkOptions('graphql', optionsSchema, options);
  const prepared = Object.entries(checked.streams).map(([name, stream]) => {
    const complaints: string[] = [];
    const documents = prepareStream(stream, (at, message) => complaints.push(`streams.${name}.${at}: ${message}`));
    if (complaints.length > 0) throw invalidOptions('BINDING_INVALID', { kind: 'graphql', found: complaints });
    const { key, numericKeys, version, ref, tombstone, batch, idempotencyHeader } = stream;
    const own = { key, numericKeys, version, ref, tombstone, batch, idempotencyHeader };
    return [name, { ...own, ...documents }] as const;
  });
  return { ...checked, streams: Object.fromEntries(prepared) };
}

function isQuery(given: string): boolean {
  try {
    return parseDocument(given).operation === 'query';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const text = z.string().min(1);
const milliseconds = z.number().int().nonnegative();
const count = z.number().int().positive();

const meaning = z.enum([
  'throttled',
  'too-costly',
  'auth',
  'down',
  'shape',
  'cursor-lost',
  'missing',
  'conflict',
  'rejected',
  'unknown',
]);

/** Values of variables: JSON with placeholders. A variable that is not named takes the placeholder of its own name. */
const variables = z.record(text, z.json()).default({});

const since = z.strictObject({
  /** Dot path of the time of the last change in a record. */
  field: text,
  format: z.enum(['iso', 'unix', 'unix-ms']).default('iso'),
  /** How far back each cycle reads again. */
  overlapMs: milliseconds.default(60_000),
});

const listSchema = z.strictObject({
  query: text,
  variables,
  /** Dot path of the connection (`edges` or `nodes`, and `pageInfo`), or with keyset pages also of a plain list. */
  at: text,
  /** Most records asked for in one page, as `{first}`. Fewer if a page costs too much. */
  size: count.default(100),
  page: z
    .discriminatedUnion('style', [
      /** `pageInfo` says whether there is more, and `endCursor` is sent back as `{after}`. */
      z.strictObject({ style: z.literal('relay') }),
      /** Pages behind the first have these variables, with `{stamp}` and `{key}` of the last record. */
      z.strictObject({ style: z.literal('keyset'), variables: z.record(text, z.json()) }),
    ])
    .default({ style: 'relay' }),
  /** How changes are asked for, by `{since}`. The list must ascend by this time, then by key. Without it there are only scans. */
  since: since.optional(),
});

const scanSchema = z.strictObject({
  query: text,
  variables,
  at: text,
  size: count.default(100),
});

const getSchema = z.strictObject({
  query: text,
  variables,
  /** Dot path of the list of records (with `{keys}`) or of the record (with `{key}`). */
  at: text,
  /** Most records asked for in one request. */
  max: count.max(1_000).default(50),
});

const writeSchema = z.strictObject({
  mutation: text,
  variables,
  /** Dot path of the record in the answer; of a deletion, of something that is null where there was no record. */
  at: text.optional(),
  /** Dot path of the list of errors, e.g. `itemUpdate.userErrors`. */
  errorsAt: text.optional(),
  /** `record`: all fields of a record are at `at`. `key`: only its key is, and the record is read afterwards. */
  returns: z.enum(['record', 'key']).default('record'),
});

const streamSchema = z.strictObject({
  /** Dot path of the key in a record. */
  key: text,
  /** Keys are numbers over there, and are sent as such. */
  numericKeys: z.boolean().default(false),
  /** Dot path of the version in a record; sent back as `{version}` it guards updates and deletions. */
  version: text.optional(),
  /** Fragments that documents of this stream may use. */
  fragments: text.optional(),
  list: listSchema,
  /** A list in ascending order of keys, behind `{key}`. Without it a scan reads the list and sorts it here. */
  scan: scanSchema.optional(),
  /** How single records are read. Required: only that proves a deletion. */
  get: getSchema.optional(),
  create: writeSchema.optional(),
  update: writeSchema.optional(),
  delete: writeSchema.optional(),
  /** Adds differences over there, once for each `{writeId}`. */
  adds: writeSchema.optional(),
  /** Header that takes the write id, for services that know repeats by it. Such writes are sent one by one. */
  idempotencyHeader: text.optional(),
  /** Finds the record that carries a reference of ours: `field` is its dot path, `query` asks for it by `{ref}`. */
  ref: z.strictObject({ field: text, query: text, variables, at: text }).optional(),
  /** Dot path of a field that is true or set in records of the list that were deleted. */
  tombstone: text.optional(),
  /** Most writes in one request. */
  batch: count.max(100).default(10),
});

const optionsSchema = z.strictObject({
  /** `https://host/graphql`, without user and password. */
  endpoint: z
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
  /** Text of a cheap query that needs the credentials. Default: the list of the first stream. */
  check: text.refine(isQuery, 'must be a query of GraphQL').optional(),
  streams: z.record(text, streamSchema).refine((given) => Object.keys(given).length > 0, 'declare at least one'),
  /** What codes of errors mean where the service departs from the usual, e.g. `{ STALE_OBJECT: 'conflict' }`. */
  codes: z.record(text, meaning).default({}),
  /** Longest wait within a call until the cost budget allows a request; what needs longer is `throttled`. */
  maxWaitMs: milliseconds.default(5_000),
  timeoutMs: milliseconds.min(1).default(30_000),
  /** Larger answers are not read. */
  maxBytes: count.default(32 * 1024 * 1024),
  /** Most records that a scan holds at a time. */
  maxScan: count.default(200_000),
});
