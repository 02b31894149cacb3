import type { Context } from '../connector.ts';
import type { Reply, Request } from '../rest/http-client.ts';
import { type Client, rootOf } from './client.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';

/** One stream of one service within one call of the engine. */
export interface Service {
  readonly options: ParsedOptions;
  readonly stream: StreamOptions;
  readonly context: Context;
  send(request: Request): Promise<Reply>;
}

/** What all streams of a service share. */
export interface Connection {
  readonly options: ParsedOptions;
  readonly client: Client;
}

/** System query options in their order; those without a value are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Binds what every step of a call needs. */
export function createService({ options, client }: Connection, stream: StreamOptions, context: Context): Service {
  return { options, stream, context, send: (request) => client.send(request, context) };
}

/** The address of the stream's set with query options. Blanks are %20, since some services do not know `+`. */
export function addressOf({ options, stream }: Pick<Service, 'options' | 'stream'>, query: Query): string {
  const parts = Object.entries({ ...shapeOf(stream), ...query }).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${encodeURIComponent(value)}`,
  );
  return `${rootOf(options)}/${stream.set}${parts.length === 0 ? '' : `?${parts.join('&')}`}`;
}

/** Joins conditions, leaving out those that there are none of. */
export function allOf(...conditions: readonly (string | undefined)[]): string | undefined {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length < 2 ? given[0] : given.map((condition) => `(${condition})`).join(' and ');
}

/** What of each record is asked for. Keys, stamp and reference are needed for the connector's own work. */
function shapeOf({ select, expand, key, changes, ref }: StreamOptions): Query {
  const own = [
    ...key.map(({ name }) => name),
    ...(changes?.by === 'stamp' ? [changes.property, changes.tombstone] : []),
    ref,
  ];
  const names = select && [...new Set([...select, ...own.filter((name) => name !== undefined)])];
  return { $select: names?.join(','), $expand: expand.length === 0 ? undefined : expand.join(',') };
}
