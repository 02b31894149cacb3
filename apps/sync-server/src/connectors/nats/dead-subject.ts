import type { JsMsg } from '@nats-io/jetstream';
import type { NatsSession } from './connection.ts';
import type { ListenOptions } from './options.ts';

/** Where the messages of a consumer go that can never be read. */
export function deadSubjectOf({ deadSubject, consumer }: ListenOptions): string {
  return deadSubject ?? `datastores.dead.${consumer}`;
}

/** Makes sure that a stream keeps what is set aside; one is made where none takes the subject. */
export async function prepareDeadSubject({ manager }: NatsSession, listen: ListenOptions): Promise<void> {
  const subject = deadSubjectOf(listen);
  const names = await manager.streams.names(subject).next();
  if (names.length === 0) {
    await manager.streams.add({ name: `datastores-dead-${listen.consumer}`, subjects: [subject] });
  }
}

/** Keeps a copy with the reason, then ends the message. If the copy cannot be kept, it is delivered again. */
export async function setAside(
  { client, library }: NatsSession,
  listen: ListenOptions,
  { message, reason }: { readonly message: JsMsg; readonly reason: string },
): Promise<void> {
  const headers = library.transport.headers();
  for (const name of message.headers?.keys() ?? []) {
    if (!name.startsWith('Nats-')) for (const value of message.headers?.values(name) ?? []) headers.append(name, value);
  }
  const { stream, streamSequence } = message.info;
  headers.set('Datastores-Reason', reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 1_000));
  headers.set('Datastores-Subject', message.subject);
  headers.set('Datastores-Sequence', `${stream} ${streamSequence}`);
  try {
    // The same over repeats, so that one whose end was not heard is not kept twice.
    const msgID = `${stream} ${streamSequence} ${message.timestampNanos}`;
    await client.publish(deadSubjectOf(listen), message.data, { headers, msgID });
    message.term();
  } catch (error) {
    message.nak(RETRY_MS);
    throw error;
  }
}

const RETRY_MS = 30_000;
