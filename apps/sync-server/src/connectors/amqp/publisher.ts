import type { ChannelModel } from 'amqplib';
import { type Context, SystemError } from '../connector.ts';
import { type ConfirmedChannel, openConfirmed } from './confirmed.ts';
import { closeQuietly, connectAmqp, isThere, systemError } from './connection.ts';
import { within } from './deadline.ts';
import type { ParsedOptions } from './options.ts';

/** The one connection that writes go over, made when it is first needed and again when it broke. */
export interface Publisher {
  /** Throws SystemError, also where an exchange is not there. */
  channel(context: Context): Promise<ConfirmedChannel>;
  close(): Promise<void>;
}

/** Makes the publisher; nothing is connected yet. */
export function createPublisher(options: ParsedOptions): Publisher {
  let current: Promise<{ readonly connection: ChannelModel; readonly confirmed: ConfirmedChannel }> | null = null;

  const prepare = async (connection: ChannelModel) => {
    for (const { exchange } of Object.values(options.streams)) await assertExchange(connection, exchange);
    return openConfirmed(connection);
  };
  const open = async (context: Context) => {
    const connection = await connectAmqp(options, context);
    try {
      const confirmed = await within(options.timeoutMs, prepare(connection));
      const dropped = () => {
        current = null;
        void closeQuietly(connection);
      };
      confirmed.channel.once('close', dropped);
      connection.once('close', dropped);
      return { connection, confirmed };
    } catch (error) {
      await closeQuietly(connection);
      throw systemError(error);
    }
  };
  return {
    async channel(context) {
      current ??= open(context).catch((error: unknown) => {
        current = null;
        throw error;
      });
      return (await current).confirmed;
    },
    async close() {
      const session = await current?.catch(() => null);
      if (session) await closeQuietly(session.connection);
    },
  };
}

async function assertExchange(connection: ChannelModel, exchange: string): Promise<void> {
  if (exchange === '' || (await isThere(connection, (channel) => channel.checkExchange(exchange)))) return;
  throw new SystemError('shape', `AMQP: There is no exchange "${exchange}"; declare it, and the queues behind it.`);
}
