import type { RestReply, RestRequest } from '../support/rest-routes.ts';

/** What a client gets: an answer, half of one, a broken connection, or nothing at all. */
export type NastyReply = NastyAnswer | 'cut' | 'silent';

/** An answer that may be something else than it should. */
export interface NastyAnswer extends RestReply {
  /** Sent as it is, in place of the body as JSON. */
  readonly text?: string;
  /** So many bytes more are promised than come before the connection breaks. */
  readonly promises?: number;
}

/** One way in which a system goes wrong, switched on and off at a service. */
export interface Trap {
  /** Answers in place of the system, which then does nothing. */
  readonly request?: (request: RestRequest) => NastyReply | undefined;
  /** What becomes of an answer after the system has done what it was asked for. */
  readonly answer?: (request: RestRequest, reply: NastyAnswer) => NastyReply;
}

/** Which requests a trap is about. */
export type When = (request: RestRequest) => boolean;

/** Every request. */
export const always: When = () => true;

/** Requests for pages of the list. */
export const lists: When = ({ method, path }) => method === 'GET' && path === '/items';

/** Requests that change something. */
export const writes: When = ({ method }) => method !== 'GET';

/** The records in an answer: those of a list, or the one. */
export function eachRecord(
  reply: NastyAnswer,
  change: (record: Readonly<Record<string, unknown>>) => unknown,
): NastyAnswer {
  const body = reply.body as
    | { readonly data?: { readonly items?: readonly Record<string, unknown>[] }; id?: unknown }
    | undefined;
  if (body?.data?.items) return { ...reply, body: { ...body, data: { items: body.data.items.map(change) } } };
  return body?.id === undefined ? reply : { ...reply, body: change(body as Record<string, unknown>) };
}
