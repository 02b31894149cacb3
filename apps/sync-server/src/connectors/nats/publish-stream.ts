import type { JsonValue } from '@datastores/core/schema';
import type { StoredMsg } from '@nats-io/jetstream';
import type { Context, ExternalRecord, Item, Outcome, Stream, Write } from '../connector.ts';
import { writeMessage } from '../write-message.ts';
import { systemError } from './connection.ts';
import type { ParsedOptions } from './options.ts';
import type { Publisher } from './publisher.ts';

/**
 * A stream whose writes are published. The write id is the message id, so NATS drops a repeat within its window; beyond
 * it the newest message of the record tells whether a write landed.
 */
export function publishStream(publisher: Publisher, of: ParsedOptions['streams'][string]): Stream {
  const lastOf = async (key: string, context: Context) => {
    const subject = subjectOf(of.subject, key);
    const stream = await publisher.streamOf(context, of.subject);
    const { manager } = await publisher.session(context);
    try {
      return await manager.streams.getMessage(stream, { last_by_subj: subject });
    } catch (error) {
      throw systemError(error);
    }
  };
  return {
    traits: {
      order: 'none',
      deletes: 'none',
      creates: 'findable',
      guarded: false,
      adds: true,
      batch: { max: of.batch, fails: 'each' },
    },
    async get(keys, context) {
      const items = await Promise.all(keys.map(async (key) => itemOf(key, await lastOf(key, context))));
      return new Map(items.flatMap((item) => (item === null ? [] : [[item.key, item] as const])));
    },
    async push(writes, context) {
      await publisher.streamOf(context, of.subject);
      const session = await publisher.session(context);
      return Promise.all(
        writes.map(async (write): Promise<Outcome> => {
          const { key, text, item } = writeMessage(write);
          try {
            await session.client.publish(subjectOf(of.subject, key), text, { msgID: write.id });
            return { is: 'applied', key, item };
          } catch (error) {
            // The next push looks for the stream first, and says for the system as a whole that it is gone.
            publisher.forget(of.subject);
            return outcomeOf(error, session.connection.isClosed());
          }
        }),
      );
    },
    async find(write: Write, context) {
      const { key, item } = writeMessage(write);
      const last = await lastOf(key, context);
      return last?.header?.get('Nats-Msg-Id') === write.id ? item : null;
    },
  };
}

/** A key as one token of a subject. */
export function subjectOf(subject: string, key: string): string {
  return `${subject}.${encodeURIComponent(key).replaceAll('.', '%2E').replaceAll('*', '%2A')}`;
}

/** What the newest message says of its record; null where there is none, or it says that the record is deleted. */
function itemOf(key: string, message: StoredMsg | null): Item | null {
  if (message === null) return null;
  const { op, data, patch } = message.json<{ op: string; data?: JsonValue; patch?: JsonValue }>();
  return op === 'delete' ? null : { key, data: (data ?? patch ?? {}) as ExternalRecord };
}

function outcomeOf(error: unknown, closed: boolean): Outcome {
  const [name, message] = error instanceof Error ? [error.name, error.message] : ['', String(error)];
  const reason = `NATS: ${message}`;
  if (/max[_ ]payload/i.test(message)) return { is: 'rejected', reason };
  // The stream answered, and said no: it is full, or sealed.
  if (name === 'JetStreamApiError') return { is: 'retry', reason };
  if (name === 'PermissionViolationError') return { is: 'rejected', reason };
  // Nobody took it: the stream is gone, or does not take the subject any more.
  if (name === 'JetStreamNotEnabled' && !closed) return { is: 'retry', reason };
  return { is: 'unknown', reason };
}
