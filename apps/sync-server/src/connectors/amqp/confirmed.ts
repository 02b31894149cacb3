import type { ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';

/** What became of a message that was published. */
export type Confirmation =
  | { readonly is: 'kept' }
  /** Certainly in no queue. */
  | { readonly is: 'refused'; readonly reason: string }
  /** The channel was closed before the broker said anything of this message. */
  | { readonly is: 'unknown'; readonly reason: string };

/** A message to publish. No other that is under way on the channel has its `id`. */
export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly id: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A channel on which every message is confirmed, and counts only if it reached a queue. */
export interface ConfirmedChannel {
  readonly channel: ConfirmChannel;
  publish(publication: Publication): Promise<Confirmation>;
}

/** Opens such a channel. */
export async function openConfirmed(connection: ChannelModel): Promise<ConfirmedChannel> {
  const channel = await connection.createConfirmChannel();
  const returned = new Set<string>();
  let failure: Error | null = null;
  channel.on('error', (error: Error) => {
    failure = error;
  });
  channel.on('return', ({ properties }: Message) => void returned.add(String(properties.messageId)));
  return {
    channel,
    publish: ({ exchange, routingKey, content, id, headers }) =>
      new Promise((resolve) => {
        const confirmed = (error: Error | null) => {
          if (returned.delete(id)) resolve({ is: 'refused', reason: 'AMQP: No queue takes the message.' });
          else if (error === null) resolve({ is: 'kept' });
          else if (error.message === NACKED)
            resolve({ is: 'refused', reason: 'AMQP: The broker refused the message.' });
          else resolve({ is: 'unknown', reason: `AMQP: ${(failure ?? error).message}` });
        };
        try {
          channel.publish(exchange, routingKey, content, optionsOf(id, headers), confirmed);
        } catch (error) {
          // Thrown before a byte of it was written.
          resolve({ is: 'refused', reason: `AMQP: ${(failure ?? (error as Error)).message}` });
        }
      }),
  };
}

/** How the library names a negative confirmation; a channel that closes gives another error. */
const NACKED = 'message nacked';

function optionsOf(messageId: string, headers: Publication['headers']): Options.Publish {
  return { persistent: true, mandatory: true, messageId, contentType: 'application/json', headers: { ...headers } };
}
