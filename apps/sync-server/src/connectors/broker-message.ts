import type { JsonValue } from '@datastores/core/schema';
import type { NamedKeys } from './around.ts';
import type { Notice } from './connector.ts';

/** A message of a broker, as the function sees it that says which records it is about. */
export interface BrokerMessage {
  /** Subject or routing key. */
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The payload; null where it is empty. */
  readonly data: JsonValue;
}

/** Which records a message is about; none if it is of no interest. What else it says of them is not used. */
export type MessageNotices = (message: BrokerMessage) => readonly NamedKeys[];

/** What a message names, or why nobody will ever be able to read it. */
export type ReadMessage = { readonly notices: readonly Notice[]; readonly unreadable?: string };

/** A message as a broker hands it over. */
export interface RawMessage extends Omit<BrokerMessage, 'data'> {
  /** The same over all deliveries of this message and no other's; null: unknown. */
  readonly id: string | null;
  readonly payload: Uint8Array;
}

/** Reads a message. A payload that is no JSON, and a function that fails on it, make it unreadable, whoever reads it. */
export function readMessage({ id, payload, ...message }: RawMessage, notices: MessageNotices): ReadMessage {
  let data: JsonValue = null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    if (text !== '') data = JSON.parse(text) as JsonValue;
  } catch {
    return { notices: [], unreadable: 'The payload is no JSON.' };
  }
  try {
    const named = notices({ ...message, data });
    return { notices: named.map(({ stream, keys }) => ({ id, stream, keys })) };
  } catch (error) {
    return { notices: [], unreadable: `The function notices failed: ${String(error).slice(0, 500)}` };
  }
}
