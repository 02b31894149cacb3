import type { Datastore } from '@datastores/core/schema';
import * as z from 'zod';

/** Shortest shared secret, in bytes: as long as the hash that HS256 signs with. */
const MIN_SECRET_BYTES = 32;

/** What can be written into `datastores.config.ts`. Datastores, connectors and bindings are objects of code; the rest is plain. */
export const configShape = z.strictObject({
  datastores: z.array(z.custom<Datastore>(isDatastore, 'must be a datastore made by defineDatastore')).optional(),
  dataFolder: z.string().min(1, 'must name a folder').optional(),
  store: z.string().refine(isPostgres, 'must be an address such as postgres://user@host/database').optional(),
  server: z
    .strictObject({
      host: z.string().min(1, 'must be a host name or an address').optional(),
      port: z.int('must be a whole number').min(0, 'must be 0 to 65535').max(65_535, 'must be 0 to 65535').optional(),
      cors: z.array(z.string().refine(isOrigin, 'must be an origin such as https://shop.example.com')).optional(),
      publicUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
      requestsPerMinute: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
      requestsPerMinuteOfAddress: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
      requestsAtOnce: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
      streamsPerSubject: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
      pushedPerMinute: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
    })
    .optional(),
  auth: z
    .strictObject({
      secret: z
        .string()
        .refine((text) => Buffer.byteLength(text) >= MIN_SECRET_BYTES, `must have at least ${MIN_SECRET_BYTES} bytes`)
        .optional(),
      jwksUrl: z.string().refine(isKeyAddress, 'must be an https URL (http only for this machine)').optional(),
      issuer: z.string().min(1, 'must not be empty').optional(),
      audience: z.string().min(1, 'must not be empty').optional(),
      developmentTokens: z.boolean('must be true or false').optional(),
      isWithdrawn: z.custom<object>(isFunction, 'must be a function').optional(),
    })
    .optional(),
  access: z
    .record(
      z.string(),
      z.strictObject({
        scopes: z.custom<object>(isFunction, 'must be a function').optional(),
        write: z.custom<object>(isFunction, 'must be a function').optional(),
        fields: z
          .record(z.string(), z.array(z.string('must be the name of a role')).min(1, 'must name at least one role'))
          .optional(),
      }),
    )
    .optional(),
  systems: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must start with a letter and hold at most 32 of a-z, 0-9 and "-"'),
      z.strictObject({
        connector: z.custom<object>(isCode, 'must be a connector or a function that makes one'),
        ratePerSecond: z.number('must be a number').positive('must be above 0').optional(),
        concurrency: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
        timeoutMs: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
        notices: z
          .strictObject({
            keepIdsMs: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
            maxWaiting: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  bindings: z.array(z.custom<object>(isCode, 'must be a binding')).optional(),
  history: z
    .strictObject({
      maxEvents: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
      keepMs: z.int('must be a whole number').min(1, 'must be at least 1').optional(),
    })
    .optional(),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
        .optional(),
      pretty: z.boolean('must be true or false').optional(),
    })
    .optional(),
});

/** See {@link configShape}. */
export type ConfigShape = z.infer<typeof configShape>;

function isDatastore(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { name, version, schema, fields } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof version === 'number' && isCode(schema) && isCode(fields);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isCode(value: unknown): boolean {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

function isPostgres(text: string): boolean {
  return URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

function isKeyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}
