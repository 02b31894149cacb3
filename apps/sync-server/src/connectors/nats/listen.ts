import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { readMessage } from '../broker-message.ts';
import { type Context, type Delivery, SystemError } from '../connector.ts';
import { connectNats, type NatsSession, systemError } from './connection.ts';
import { prepareDeadSubject, setAside } from './dead-subject.ts';
import type { ListenOptions, ParsedOptions } from './options.ts';

/** Messages that are held here at most, until they are acknowledged. */
const HELD = 200;

/** The messages of a durable consumer, for as long as the connection stands. Throws SystemError when it does not. */
export async function* listenNats(
  options: ParsedOptions,
  listen: ListenOptions,
  context: Context,
): AsyncGenerator<Delivery, void, undefined> {
  const session = await connectNats(options, context);
  const { connection } = session;
  let messages: ConsumerMessages | null = null;
  const stop = () => messages?.stop();
  try {
    await prepareDeadSubject(session, listen);
    await prepareConsumer(session, listen);
    const consumer = await session.client.consumers.get(listen.stream, listen.consumer);
    messages = await consumer.consume({ max_messages: HELD, abort_on_missing_resource: true });
    context.signal.addEventListener('abort', stop, { once: true });
    if (context.signal.aborted) return;
    // Without it the messages of a broken connection would be waited for.
    void connection.closed().then(stop);
    yield { notices: [], ack: done, nack: done, refuse: done };
    for await (const message of messages) yield delivery(session, listen, message);
    if (!context.signal.aborted) throw new SystemError('down', 'NATS: The connection was lost.');
  } catch (error) {
    throw systemError(error);
  } finally {
    context.signal.removeEventListener('abort', stop);
    stop();
    await connection.close();
  }
}

async function prepareConsumer({ manager, library }: NatsSession, listen: ListenOptions): Promise<void> {
  const { AckPolicy, DeliverPolicy } = library.jetstream;
  const { stream, consumer, subject, ackWaitMs } = listen;
  try {
    const { config } = await manager.consumers.info(stream, consumer);
    if (config.ack_policy === AckPolicy.Explicit && config.deliver_subject === undefined) return;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConsumerNotFoundError') throw error;
    await manager.consumers.add(stream, {
      durable_name: consumer,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ackWaitMs * 1_000_000,
      max_ack_pending: HELD * 2,
      // What cannot be read is set aside by us; a limit of the broker would drop it where nobody looks.
      max_deliver: -1,
      ...(subject !== undefined && { filter_subject: subject }),
    });
    return;
  }
  const reason = `The consumer "${consumer}" of "${stream}" is not a pull consumer with explicit acknowledgements.`;
  throw new SystemError('shape', `NATS: ${reason} Name another, or delete it and it is made anew.`);
}

function delivery(session: NatsSession, listen: ListenOptions, message: JsMsg): Delivery {
  const { info, subject, data: payload } = message;
  const read =
    info.deliveryCount > listen.maxDeliveries
      ? { notices: [], unreadable: `It was delivered ${info.deliveryCount} times and never settled.` }
      : readMessage({ id: idOf(message), subject, headers: headersOf(message), payload }, listen.notices);
  return {
    ...read,
    ack: async () => message.ack(),
    nack: async (afterMs) => message.nak(afterMs),
    refuse: (reason) => setAside(session, listen, { message, reason }),
  };
}

/** The sender's own id where it gives one. A sequence alone would begin again with a stream that is made anew. */
function idOf({ headers, info, timestampNanos }: JsMsg): string {
  const own = headers?.get('Nats-Msg-Id');
  return own ? `id ${own}`.slice(0, 500) : `${info.stream} ${info.streamSequence} ${timestampNanos}`;
}

function headersOf({ headers }: JsMsg): Readonly<Record<string, string>> {
  const names = headers?.keys() ?? [];
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), headers?.values(name).join(', ') ?? '']));
}

async function done(): Promise<void> {}
