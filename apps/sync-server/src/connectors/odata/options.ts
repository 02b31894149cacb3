import { z } from 'zod';
import { checkOptions } from '../check-options.ts';
import { meaning } from '../rest/options.ts';

/** What an OData v4 service is like. All times in milliseconds. See docs/connectors/odata.md. */
export type ODataOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** The options of one stream, as in {@link ParsedOptions}. */
export type StreamOptions = ParsedOptions['streams'][string];

/** Checks the options. Throws CONFIG_INVALID for the service, BINDING_INVALID for a stream; both name the entry. */
export function parseOptions(options: unknown): ParsedOptions {
  return checkOptions('odata', optionsSchema, options);
}

const text = z.string().min(1);
const count = z.number().int().positive();
const property = z.string().regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'give the plain name of a property');
const address = z
  .url({ protocol: /^https?$/ })
  .refine((given) => !new URL(given).username, 'put user and password into auth')
  .refine((given) => !/[?#]/.test(given), 'give it without query and fragment');

const keySchema = z
  .union([
    property,
    z.array(z.strictObject({ name: property, type: z.enum(['string', 'integer', 'guid', 'date']) })).min(1),
  ])
  .transform((key) => (typeof key === 'string' ? [{ name: key, type: 'string' as const }] : key));

const changesSchema = z.union([
  /** By delta link. `whole`: records in a delta have all their properties; else they are read again. */
  z.strictObject({ by: z.literal('delta'), whole: z.boolean().default(false) }),
  /** By the time of the last change, an Edm.DateTimeOffset, and the key. `overlapMs`: how far back each cycle reads again. */
  z.strictObject({
    by: z.literal('stamp'),
    property,
    overlapMs: z.number().int().nonnegative().default(60_000),
    /** Property that is true or set in records that were deleted. */
    tombstone: property.optional(),
  }),
]);

const streamSchema = z
  .strictObject({
    /** Path of the entity set behind the service root, e.g. `Products` or `companies(…)/items`. */
    set: text.refine(
      (given) => !/^\/|[?#]|\/$/.test(given),
      'give the path without leading or final slash, and no query',
    ),
    key: keySchema,
    /** A fixed `$filter`; what does not fit it is no record of the stream. */
    filter: text.optional(),
    select: z.array(property).min(1).optional(),
    /** What `$expand` asks for, e.g. `Lines($select=Pos,Pieces)`. */
    expand: z.array(text).default([]),
    pageSize: count.default(200),
    changes: changesSchema.optional(),
    /**
     * keyset: by key, sorted here. ordinal: by one key that the service sorts by code points, so nothing is held here.
     * links: along the next links, for services that cannot compare keys; sorted here.
     */
    scan: z.enum(['keyset', 'ordinal', 'links']).default('keyset'),
    create: z.boolean().default(false),
    update: z.boolean().default(false),
    delete: z.boolean().default(false),
    /** The service gives ETags and heeds If-Match. */
    guard: z.boolean().default(true),
    /** Property that takes our reference, and can be filtered by. */
    ref: property.optional(),
    /** The service knows a repeated create by its Repeatability-Request-ID. */
    repeatable: z.boolean().default(false),
  })
  .superRefine((stream, context) => {
    const complain = (at: string, message: string) => context.addIssue({ code: 'custom', path: [at], message });
    if (stream.scan === 'ordinal' && (stream.key.length !== 1 || stream.key[0]?.type === 'integer')) {
      complain('scan', 'ordinal needs a single key that is no number: only texts can be sorted as texts over there');
    }
  });

const auth = z.union([
  z.strictObject({ bearer: text }),
  z.strictObject({ user: text, password: z.string() }),
  z.strictObject({ header: text, value: text }),
  /** OAuth 2 client credentials. `parameters` go to the token endpoint too, e.g. `resource`. */
  z.strictObject({
    tokenUrl: address,
    clientId: text,
    clientSecret: text,
    scope: text.optional(),
    parameters: z.record(text, z.string()).default({}),
    /** How the endpoint is told who asks: in the form, or as user and password. */
    credentials: z.enum(['form', 'basic']).default('form'),
  }),
]);

const optionsSchema = z.strictObject({
  /** `https://host/path/of/service`, where `$metadata` is. */
  serviceRoot: address,
  headers: z.record(text, z.string()).default({}),
  auth: auth.optional(),
  /** Fetch an x-csrf-token before writes, as SAP gateways want it. */
  csrf: z.boolean().default(false),
  /** text: Edm.Decimal and Edm.Int64 travel as text, without loss (IEEE754Compatible). number: as JSON numbers. */
  numbers: z.enum(['text', 'number']).default('text'),
  /** JSON `$batch` for writes. `changeSet`: one bad write undoes its whole batch. False: one request for each write. */
  batch: z
    .union([
      z.literal(false),
      z.strictObject({ max: count.max(1_000).default(50), changeSet: z.boolean().default(false) }),
    ])
    .default(false),
  streams: z.record(text, streamSchema).refine((given) => Object.keys(given).length > 0, 'declare at least one'),
  /** What statuses mean where the service departs from the usual, e.g. `{ 418: 'throttled' }`. */
  statuses: z
    .record(z.string(), meaning)
    .refine((given) => Object.keys(given).every((status) => /^[1-5]\d\d$/.test(status)), 'a status has three digits')
    .default({}),
  timeoutMs: count.default(30_000),
  /** Larger answers are not read. */
  maxBytes: count.default(32 * 1024 * 1024),
  /** Most records that a scan holds at a time. */
  maxScan: count.default(200_000),
  /** Longest address of a request for several keys. */
  maxAddress: count.min(200).default(2_000),
});
