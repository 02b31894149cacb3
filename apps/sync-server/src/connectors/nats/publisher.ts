import { type Context, SystemError } from '../connector.ts';
import { connectNats, type NatsSession, systemError } from './connection.ts';
import type { ParsedOptions } from './options.ts';

/** The one connection that writes go over, made when it is first needed and again when it broke. */
export interface Publisher {
  /** Throws SystemError. */
  session(context: Context): Promise<NatsSession>;
  /**
   * The stream that keeps the messages of a subject. Throws SystemError where none does, or one that lets messages go as
   * soon as they are read: nobody could tell then whether a write landed.
   */
  streamOf(context: Context, subject: string): Promise<string>;
  /** Says that the stream of a subject does not take its messages any more. */
  forget(subject: string): void;
  close(): Promise<void>;
}

/** Makes the publisher; nothing is connected yet. */
export function createPublisher(options: ParsedOptions): Publisher {
  let current: Promise<NatsSession> | null = null;
  const streams = new Map<string, string>();

  const open = async (context: Context): Promise<NatsSession> => {
    const session = await connectNats(options, context);
    void session.connection.closed().then(() => {
      current = null;
      streams.clear();
    });
    return session;
  };
  const publisher: Publisher = {
    session(context) {
      current ??= open(context).catch((error: unknown) => {
        current = null;
        throw error;
      });
      return current;
    },
    async streamOf(context, subject) {
      const known = streams.get(subject);
      if (known !== undefined) return known;
      const { manager, library } = await publisher.session(context);
      try {
        const [name] = await manager.streams.names(`${subject}.*`).next();
        if (name === undefined) throw noStream(subject);
        const { config } = await manager.streams.info(name);
        if (config.retention !== library.jetstream.RetentionPolicy.Limits) throw letsGo(name);
        streams.set(subject, name);
        return name;
      } catch (error) {
        throw systemError(error);
      }
    },
    forget: (subject) => void streams.delete(subject),
    async close() {
      const session = await current?.catch(() => null);
      await session?.connection.close();
    },
  };
  return publisher;
}

function noStream(subject: string): SystemError {
  return new SystemError('shape', `NATS: No stream takes the subjects "${subject}.*"; make one that does.`);
}

function letsGo(name: string): SystemError {
  return new SystemError(
    'shape',
    `NATS: The stream "${name}" lets messages go once they are read; let it keep by limits.`,
  );
}
