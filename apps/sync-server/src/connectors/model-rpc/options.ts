import { z } from 'zod';

const text = z.string().min(1);
const milliseconds = z.number().int().nonnegative();
const fieldName = z.string().regex(/^[a-z_][a-z0-9_]*$/i, 'is no name of a field');

/** One stream: records of a model. */
export const streamSchema = z
  .strictObject({
    model: z.string().regex(/^[a-z_][a-z0-9_.-]*$/i, 'is no name of a model'),
    /** Fields to read and write. */
    fields: z.array(fieldName).min(1),
    /** Conditions that records have to meet, in the form of the system. */
    domain: z.array(z.json()).default([]),
    /** Lists of children: field, and which fields of the children are in the record. */
    lists: z.record(fieldName, z.array(fieldName).min(1)).default({}),
    /** Field that takes the reference of a create, by which it is found again. */
    ref: fieldName.optional(),
    readOnly: z.boolean().default(false),
  })
  .superRefine((stream, context) => {
    const doubled = stream.fields.find((name, at) => stream.fields.indexOf(name) !== at || name in stream.lists);
    if (doubled !== undefined) {
      context.addIssue({ code: 'custom', path: ['fields'], message: `${doubled} is there twice` });
    }
    if (stream.fields.includes('id')) {
      context.addIssue({ code: 'custom', path: ['fields'], message: 'id is the key, and is always read' });
    }
  });

/** The options of one stream. */
export type StreamOptions = z.output<typeof streamSchema>;

/** Options that all such systems share. */
export const sharedFields = {
  url: z
    .url({ protocol: /^https?$/ })
    .refine((given) => !new URL(given).username, 'put user and password into their own entries'),
  /** Sent with every call, e.g. language or company. */
  context: z.record(text, z.json()).default({}),
  streams: z.record(text, streamSchema).refine((given) => Object.keys(given).length > 0, 'declare at least one'),
  pageSize: z.number().int().positive().max(2_000).default(200),
  /** How far back each cycle reads again, for transactions that commit late. */
  overlapMs: milliseconds.default(60_000),
  timeoutMs: milliseconds.min(1).default(30_000),
  /** Larger answers are not read. */
  maxBytes: z
    .number()
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  /** Most keys that a scan holds. */
  maxScan: z.number().int().positive().default(1_000_000),
};

/** What the streams need of the options. */
export type SharedOptions = Pick<z.output<z.ZodObject<typeof sharedFields>>, 'pageSize' | 'overlapMs' | 'maxScan'>;
