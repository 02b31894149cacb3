import { DatastoreError } from '@datastores/core';
import { z } from 'zod';
import type { MessageNotices } from '../broker-message.ts';
import type { Connector } from '../connector.ts';

/** How RabbitMQ is reached and used. All times in milliseconds. See docs/connectors/amqp.md. */
export type AmqpOptions = z.input<typeof schema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof schema>;

/** Where notices come from, as in {@link AmqpOptions}. */
export type ListenOptions = NonNullable<ParsedOptions['listen']>;

/** Where writes go, as in {@link AmqpOptions}. */
export type PublishOptions = ParsedOptions['streams'][string];

/** Checks the options. Throws CONFIG_INVALID, which names the entries and no secret. */
export function parseOptions(options: unknown): ParsedOptions {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`).join('; ');
  throw new DatastoreError('CONFIG_INVALID', `amqp: ${found}.`, {
    remedy: 'Correct these entries; docs/connectors/amqp.md lists them all.',
  });
}

const text = z.string().min(1, 'must not be empty');
const milliseconds = z.int('must be a whole number').positive('must be above 0');
const count = z.int('must be a whole number').positive('must be above 0');
const isFunction = (value: unknown) => typeof value === 'function';
const isConnector = (value: unknown) => typeof value === 'object' && value !== null && 'streams' in value;

const listen = z.strictObject({
  /** The queue; made, durable and replicated, if it is not there. One that is there is used as it is. */
  queue: text,
  /** What is sent to the queue: the exchange, which must be there, and a pattern of its routing keys. */
  bindings: z.array(z.strictObject({ exchange: text, routingKey: z.string() })).default([]),
  notices: z.custom<MessageNotices>(isFunction, 'must be a function of a message'),
  /** Where messages go that can never be read. Default `<queue>.dead`; made if it is not there. */
  deadQueue: text.optional(),
  /** A message that a replicated queue delivered this often without its being settled is set aside as well. */
  maxDeliveries: count.default(1_000),
  /** Most messages that are held here unacknowledged. */
  prefetch: count.max(10_000, 'must be at most 10,000').default(200),
});

const publish = z.strictObject({
  /** The exchange, which must be there; '' sends to the queue that the routing key names. */
  exchange: z.string(),
  routingKey: text,
  /** True if whoever reads the messages drops those whose id it has seen: only then may one be sent twice. */
  consumersDeduplicate: z.boolean().default(false),
  /** Most messages published at the same time. */
  batch: count.max(1_000, 'must be at most 1,000').default(100),
});

const schema = z
  .strictObject({
    /** `amqp://user:password@host:5672/vhost`, or `amqps:`. */
    url: z.url({ protocol: /^amqps?$/, error: 'must begin with amqp:// or amqps://' }),
    timeoutMs: milliseconds.default(10_000),
    /** After how many seconds without a sign of life a connection counts as lost. */
    heartbeatS: count.default(20),
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
  });
