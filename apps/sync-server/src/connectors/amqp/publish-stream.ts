import type { Outcome, Stream } from '../connector.ts';
import { writeMessage } from '../write-message.ts';
import type { Confirmation } from './confirmed.ts';
import type { PublishOptions } from './options.ts';
import type { Publisher } from './publisher.ts';

/**
 * A stream whose writes are published, with the write id as the message id. RabbitMQ can neither drop a repeat nor say
 * what it has seen, so a create that may have been published is repeated only where the readers drop what they have seen.
 */
export function publishStream(publisher: Publisher, of: PublishOptions): Stream {
  const { exchange, routingKey, consumersDeduplicate, batch } = of;
  return {
    traits: {
      order: 'none',
      deletes: 'none',
      creates: consumersDeduplicate ? 'idempotent' : 'unsafe',
      guarded: false,
      adds: true,
      batch: { max: batch, fails: 'each' },
    },
    // A queue says nothing about records: none of them is known to be gone.
    get: async (keys) => new Map(keys.map((key) => [key, { key, data: {} }])),
    async push(writes, context) {
      const channel = await publisher.channel(context);
      return Promise.all(
        writes.map(async (write): Promise<Outcome> => {
          const { key, text, item } = writeMessage(write);
          const headers = { 'x-datastores-op': write.op, 'x-datastores-key': key };
          const content = Buffer.from(text);
          const confirmation = await channel.publish({ exchange, routingKey, content, id: write.id, headers });
          return confirmation.is === 'kept' ? { is: 'applied', key, item } : failed(confirmation);
        }),
      );
    },
  };
}

function failed({ is, reason }: Exclude<Confirmation, { is: 'kept' }>): Outcome {
  return is === 'refused' ? { is: 'retry', reason } : { is: 'unknown', reason };
}
