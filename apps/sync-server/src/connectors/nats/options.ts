import { DatastoreError } from '@datastores/core';
import { z } from 'zod';
import type { MessageNotices } from '../broker-message.ts';
import type { Connector } from '../connector.ts';

/** How NATS is reached and used. All times in milliseconds. See docs/connectors/nats.md. */
export type NatsOptions = z.input<typeof schema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof schema>;

/** Where notices come from, as in {@link NatsOptions}. */
export type ListenOptions = NonNullable<ParsedOptions['listen']>;

/** Checks the options. Throws CONFIG_INVALID, which names the entries and no secret. */
export function parseOptions(options: unknown): ParsedOptions {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`).join('; ');
  throw new DatastoreError('CONFIG_INVALID', `nats: ${found}.`, {
    remedy: 'Correct these entries; docs/connectors/nats.md lists them all.',
  });
}

const text = z.string().min(1, 'must not be empty');
const name = text.regex(/^[^\s.*>/\\]+$/, 'must hold no space, ".", "*", ">", "/" or "\\"');
const subject = text.regex(/^[^\s*>]+$/, 'must hold no space and no wildcard');
const milliseconds = z.int('must be a whole number').positive('must be above 0');
const isFunction = (value: unknown) => typeof value === 'function';
const isConnector = (value: unknown) => typeof value === 'object' && value !== null && 'streams' in value;

const listen = z.strictObject({
  /** The JetStream stream, which must be there. */
  stream: name,
  /** Name of the durable consumer; made if it is not there. */
  consumer: name,
  /** Only messages of this subject, which may hold wildcards. Default: all of the stream. */
  subject: text.optional(),
  notices: z.custom<MessageNotices>(isFunction, 'must be a function of a message'),
  /** Where messages go that can never be read. Default `datastores.dead.<consumer>`, kept in a stream made for it. */
  deadSubject: subject.optional(),
  /** A message that was delivered this often without being settled is set aside as well. */
  maxDeliveries: z.int('must be a whole number').positive('must be above 0').default(1_000),
  /** How long NATS waits for an acknowledgement before it delivers again. */
  ackWaitMs: milliseconds.min(1_000, 'must be at least a second').default(60_000),
});

const publish = z.strictObject({
  /** Each record has the subject `<subject>.<key>`. A JetStream stream that keeps by limits must take them. */
  subject,
  /** Most messages published at the same time. */
  batch: z.int('must be a whole number').positive('must be above 0').max(1_000).default(100),
});

const schema = z
  .strictObject({
    /** `nats://host:4222`, or several of one cluster. */
    servers: z.union([text, z.array(text).min(1, 'name at least one')]),
    auth: z
      .union([
        z.strictObject({ user: text, password: z.string() }),
        z.strictObject({ token: text }),
        /** The text of a credentials file. */
        z.strictObject({ credentials: text }),
        /** The seed of an NKey. */
        z.strictObject({ seed: text }),
      ])
      .optional(),
    /** True: only over TLS. */
    tls: z.boolean().default(false),
    timeoutMs: milliseconds.default(10_000),
    /** What the records are read from that messages name. */
    connector: z.custom<Connector>(isConnector, 'must be a connector').optional(),
    listen: listen.optional(),
    /** Streams whose writes are published, each as a message. */
    streams: z.record(text, publish).default({}),
  })
  .superRefine((options, context) => {
    const complain = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (!options.listen && Object.keys(options.streams).length === 0) {
      complain([], 'declare listen, to hear of changes, or streams, to publish them');
    }
    if (options.listen && !options.connector) {
      complain(['connector'], 'listen needs a connector to read the records from that messages name');
    }
    if (options.listen && options.connector && Object.keys(options.connector.streams).length === 0) {
      complain(['connector'], 'has no streams');
    }
  });
