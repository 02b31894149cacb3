import { z } from 'zod';
import { decodeSignature, matchesHmac } from './digest.ts';
import { milliseconds, parseScheme, secretList, text } from './option-parts.ts';
import { readJson } from './read-json.ts';
import { refused } from './refuse.ts';
import { isTimely, TOLERANCE_MS } from './replay-window.ts';
import type { WebhookScheme } from './scheme.ts';

/** Options of {@link hmacSignature}. */
export type HmacSignatureOptions = z.input<typeof schema>;

const header = text.toLowerCase();

const schema = z.strictObject({
  secrets: secretList,
  /** Header with the signature, e.g. `x-hub-signature-256`. */
  header,
  /** What stands before the signature in the header, e.g. `sha256=`. */
  prefix: z.string().default(''),
  algorithm: z.enum(['sha256', 'sha384', 'sha512']).default('sha256'),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  /** Header with the id that stays the same over repeats. Default: there is none, and every call counts. */
  idHeader: header.optional(),
  /** Headers with the kind of event and with who says so. */
  typeHeader: header.optional(),
  sourceHeader: header.optional(),
  /** The time that is signed with the body. Default: the body alone is signed, so an old call can be sent again. */
  timestamp: z
    .strictObject({
      header,
      /** What is signed, e.g. `v0:{timestamp}:{body}`. */
      signed: text
        .refine((of) => of.includes('{timestamp}') && of.endsWith('{body}'), 'needs {timestamp}, and {body} at its end')
        .default('{timestamp}.{body}'),
      unit: z.enum(['s', 'ms']).default('s'),
      toleranceMs: milliseconds.default(TOLERANCE_MS),
    })
    .optional(),
});

/** A signature by HMAC in a header of any name, as many services have it. Throws CONFIG_INVALID. */
export function hmacSignature(options: HmacSignatureOptions): WebhookScheme {
  const parsed = parseScheme('hmacSignature', schema, options);
  const { prefix, algorithm, encoding, timestamp } = parsed;
  const secrets = parsed.secrets.map((secret) => Buffer.from(secret));
  const named = (headers: Readonly<Record<string, string>>, name: string | undefined) =>
    (name === undefined ? undefined : headers[name]) || null;

  return {
    open({ headers, body }, context) {
      const given = headers[parsed.header];
      if (given === undefined) throw refused(context, 'The header with the signature is missing.');
      if (!given.startsWith(prefix)) throw refused(context, 'The signature does not begin with the prefix.');
      const time = timestamp && headers[timestamp.header];
      const before = timestamp?.signed.slice(0, -'{body}'.length).replaceAll('{timestamp}', () => time ?? '') ?? '';
      const signatures = [decodeSignature(given.slice(prefix.length), encoding)];
      if (!matchesHmac({ algorithm, secrets, signed: [before, body], signatures })) {
        throw refused(context, 'The signature is that of no secret.');
      }
      if (timestamp) {
        const { toleranceMs, unit } = timestamp;
        const timely = isTimely(time, { now: context.now(), toleranceMs, unitMs: unit === 's' ? 1_000 : 1 });
        if (!timely) throw refused(context, 'It is too old or too new.');
      }
      const id = named(headers, parsed.idHeader);
      const type = named(headers, parsed.typeHeader);
      const source = named(headers, parsed.sourceHeader);
      return [{ id, type, source, subject: null, headers, data: readJson(body) }];
    },
  };
}
