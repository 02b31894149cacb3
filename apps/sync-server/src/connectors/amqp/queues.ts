import type { ChannelModel } from 'amqplib';
import { SystemError } from '../connector.ts';
import { isThere } from './connection.ts';
import type { ListenOptions } from './options.ts';

/** Where the messages of a queue go that can never be read. */
export function deadQueueOf({ queue, deadQueue }: ListenOptions): string {
  return deadQueue ?? `${queue}.dead`;
}

/** Makes the queues that are not there yet, and binds the queue to its exchanges. Throws SystemError for an exchange that is not. */
export async function prepareQueues(connection: ChannelModel, listen: ListenOptions): Promise<void> {
  const dead = deadQueueOf(listen);
  // What the broker itself gives up on, by a limit somebody sets, ends in the same place.
  const toDead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
  await makeQueue(connection, dead, {});
  await makeQueue(connection, listen.queue, toDead);
  for (const { exchange, routingKey } of listen.bindings) {
    const bound = await isThere(connection, (channel) => channel.bindQueue(listen.queue, exchange, routingKey));
    if (!bound) throw new SystemError('shape', `AMQP: There is no exchange "${exchange}"; declare it where it is fed.`);
  }
}

async function makeQueue(connection: ChannelModel, name: string, of: Readonly<Record<string, string>>): Promise<void> {
  if (await isThere(connection, (channel) => channel.checkQueue(name))) return;
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', ...of } });
  await channel.close();
}
