import { around } from '../around.ts';
import type { Connector, Context } from '../connector.ts';
import { listenAmqp } from './listen.ts';
import { type AmqpOptions, parseOptions } from './options.ts';
import { publishStream } from './publish-stream.ts';
import { createPublisher } from './publisher.ts';

export type { BrokerMessage, MessageNotices } from '../broker-message.ts';
export type { AmqpOptions } from './options.ts';

/**
 * AMQP 0-9-1 as RabbitMQ speaks it. In: the messages of a queue name records, which are read from the connector it is put
 * around. Out: streams whose writes are published. Throws CONFIG_INVALID for options that contradict themselves; connects
 * when it is first needed.
 */
export function amqp(options: AmqpOptions): Connector {
  const parsed = parseOptions(options);
  const { listen } = parsed;
  const publisher = createPublisher(parsed);
  const streams = Object.entries(parsed.streams);
  return around(parsed.connector, {
    kind: 'amqp',
    streams: Object.fromEntries(streams.map(([name, of]) => [name, publishStream(publisher, of)])),
    // What is only listened to has a state of its own; the system behind it answers without it.
    ...(streams.length > 0 && {
      check: async (context: Context) => void (await publisher.channel(context)),
    }),
    ...(listen && { listen: (context: Context) => listenAmqp(parsed, listen, context) }),
    close: publisher.close,
  });
}
