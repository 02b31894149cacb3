import { around } from '../around.ts';
import type { Connector, Context } from '../connector.ts';
import { systemError } from './connection.ts';
import { listenNats } from './listen.ts';
import { type NatsOptions, parseOptions } from './options.ts';
import { publishStream } from './publish-stream.ts';
import { createPublisher } from './publisher.ts';

export type { BrokerMessage, MessageNotices } from '../broker-message.ts';
export type { NatsOptions } from './options.ts';

/**
 * NATS JetStream. In: the messages of a durable consumer name records, which are read from the connector it is put around.
 * Out: streams whose writes are published. Throws CONFIG_INVALID for options that contradict themselves; connects when it
 * is first needed.
 */
export function nats(options: NatsOptions): Connector {
  const parsed = parseOptions(options);
  const { listen } = parsed;
  const publisher = createPublisher(parsed);
  const streams = Object.entries(parsed.streams);
  return around(parsed.connector, {
    kind: 'nats',
    streams: Object.fromEntries(streams.map(([name, of]) => [name, publishStream(publisher, of)])),
    // What is only listened to has a state of its own; the system behind it answers without it.
    ...(streams.length > 0 && {
      check: async (context: Context) => {
        for (const [, { subject }] of streams) await publisher.streamOf(context, subject);
        const { connection } = await publisher.session(context);
        await connection.flush().catch((error: unknown) => {
          throw systemError(error);
        });
      },
    }),
    ...(listen && { listen: (context: Context) => listenNats(parsed, listen, context) }),
    close: publisher.close,
  });
}
