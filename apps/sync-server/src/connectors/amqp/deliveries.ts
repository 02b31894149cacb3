import type { Channel, ConsumeMessage } from 'amqplib';
import { SystemError } from '../connector.ts';

/** The messages of a queue, one after the other. */
export interface Deliveries {
  /** Null when there are no more: the channel was closed. Throws SystemError where the queue was taken away. */
  next(): Promise<ConsumeMessage | null>;
  /** Ends the waiting for a next one. */
  stop(): void;
}

/** Consumes a queue, as many at a time as `prefetch` allows; the messages wait to be acknowledged. */
export async function consumeQueue(channel: Channel, queue: string, prefetch: number): Promise<Deliveries> {
  const waiting: ConsumeMessage[] = [];
  let end: 'open' | 'closed' | 'cancelled' = 'open';
  let wake = () => {};
  channel.on('close', () => {
    end = 'closed';
    wake();
  });
  await channel.prefetch(prefetch);
  await channel.consume(queue, (message) => {
    if (message === null) end = 'cancelled';
    else waiting.push(message);
    wake();
  });
  return {
    async next() {
      for (;;) {
        // What came before the end cannot be acknowledged any more, and will come again.
        if (end === 'cancelled') throw new SystemError('shape', `AMQP: The queue "${queue}" was deleted.`);
        if (end === 'closed') return null;
        const message = waiting.shift();
        if (message !== undefined) return message;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop() {
      end = 'closed';
      wake();
    },
  };
}
