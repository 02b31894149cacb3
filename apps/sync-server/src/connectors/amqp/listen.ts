import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { readMessage } from '../broker-message.ts';
import { type Context, type Delivery, SystemError } from '../connector.ts';
import { type ConfirmedChannel, openConfirmed } from './confirmed.ts';
import { closeQuietly, connectAmqp, systemError } from './connection.ts';
import { within } from './deadline.ts';
import { consumeQueue, type Deliveries } from './deliveries.ts';
import type { ListenOptions, ParsedOptions } from './options.ts';
import { deadQueueOf, prepareQueues } from './queues.ts';

/** When a message comes again that could not be set aside. */
const RETRY_MS = 30_000;

/** The messages of a queue, for as long as the connection stands. Throws SystemError when it does not. */
export async function* listenAmqp(
  options: ParsedOptions,
  listen: ListenOptions,
  context: Context,
): AsyncGenerator<Delivery, void, undefined> {
  const connection = await connectAmqp(options, context);
  const later = createLater();
  let deliveries: Deliveries | null = null;
  const stop = () => deliveries?.stop();
  try {
    const { confirmed, ...consuming } = await within(options.timeoutMs, consume(connection, listen));
    deliveries = consuming.deliveries;
    context.signal.addEventListener('abort', stop, { once: true });
    if (context.signal.aborted) return;
    yield { notices: [], ack: done, nack: done, refuse: done };
    for (;;) {
      const message = await deliveries.next();
      if (message === null) break;
      yield deliveryOf(message, { listen, confirmed, later });
    }
    if (!context.signal.aborted) throw new SystemError('down', 'AMQP: The connection was lost.');
  } catch (error) {
    throw systemError(error);
  } finally {
    context.signal.removeEventListener('abort', stop);
    later.close();
    // What was not acknowledged goes back to the queue with it.
    await closeQuietly(connection);
  }
}

async function consume(connection: ChannelModel, listen: ListenOptions) {
  await prepareQueues(connection, listen);
  const confirmed = await openConfirmed(connection);
  return { confirmed, deliveries: await consumeQueue(confirmed.channel, listen.queue, listen.prefetch) };
}

interface Settling {
  readonly listen: ListenOptions;
  readonly confirmed: ConfirmedChannel;
  readonly later: Later;
}

function deliveryOf(message: ConsumeMessage, { listen, confirmed, later }: Settling): Delivery {
  const { channel, publish } = confirmed;
  const { properties, fields, content } = message;
  const headers = headersOf(message);
  const times = Number(headers['x-delivery-count'] ?? 0) + 1;
  const id = typeof properties.messageId === 'string' && properties.messageId !== '' ? properties.messageId : null;
  const read =
    times > listen.maxDeliveries
      ? { notices: [], unreadable: `It was delivered ${times} times and never settled.` }
      : readMessage(
          { id: id && `id ${id}`.slice(0, 500), subject: fields.routingKey, headers, payload: content },
          listen.notices,
        );
  const requeue = (afterMs: number) => later.run(afterMs, () => channel.nack(message, false, true));
  return {
    ...read,
    ack: async () => channel.ack(message),
    // AMQP itself has no "later": until then the message is held, and with it a place of the prefetch.
    nack: async (afterMs = 0) => requeue(afterMs),
    refuse: async (reason) => {
      const kept = await publish({
        exchange: '',
        routingKey: deadQueueOf(listen),
        content,
        id: `dead ${fields.consumerTag} ${fields.deliveryTag}`,
        headers: {
          'x-datastores-reason': reason.slice(0, 1_000),
          'x-datastores-exchange': fields.exchange,
          'x-datastores-routing-key': fields.routingKey,
          ...(id !== null && { 'x-datastores-message-id': id }),
        },
      });
      if (kept.is === 'kept') return channel.ack(message);
      requeue(RETRY_MS);
      throw new SystemError('down', `The message could not be set aside: ${kept.reason}`);
    },
  };
}

function headersOf({ properties }: ConsumeMessage): Readonly<Record<string, string>> {
  const headers = Object.entries(properties.headers ?? {});
  return Object.fromEntries(
    headers.map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** Work that is done after a while, unless it ends before. */
interface Later {
  run(afterMs: number, work: () => void): void;
  close(): void;
}

function createLater(): Later {
  const timers = new Set<NodeJS.Timeout>();
  return {
    run(afterMs, work) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        try {
          work();
        } catch {
          // The channel is closed by now: the broker has the message again already.
        }
      }, afterMs);
      timer.unref();
      timers.add(timer);
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

async function done(): Promise<void> {}
