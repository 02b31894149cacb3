import type { JsonObject, JsonValue } from '@datastores/core/schema';
import { type Item, SystemError } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { Answer } from './answer.ts';
import { single } from './compose.ts';
import type { PreparedQuery } from './prepare-stream.ts';
import { completeData, isTooCostly } from './read-error.ts';
import { sentKey, toItem } from './record.ts';
import type { Service } from './service.ts';
import { fill, type Values } from './template.ts';
import type { Width } from './width.ts';

/** Where a list goes on, kept in cursors. Null: at its beginning. */
export type Position = string | { readonly stamp: string | number; readonly key: string } | null;

/** One page of a list. */
export interface ListPage {
  readonly items: readonly Item[];
  /** Undefined: this was the last page. */
  readonly next: Position | undefined;
  /** Clock of the service as it answered, milliseconds since 1970; undefined where it does not tell. */
  readonly date: number | undefined;
}

/** Reads one page of the list. `from` asks for records that changed since, in the form that the service takes. */
export async function readPage(service: Service, at: Position, from: string | number | null): Promise<ListPage> {
  const { list } = service.stream;
  const behind = typeof at === 'object' && at !== null && list.page.style === 'keyset';
  const variables =
    behind && list.page.style === 'keyset' ? { ...list.variables, ...list.page.variables } : list.variables;
  const values: Values = {
    ...(from !== null && { since: from }),
    ...(typeof at === 'string' && { after: at }),
    ...(behind && { stamp: at.stamp, key: sentKey(service.stream, at.key) }),
  };
  const read = await readList(service, { ...list, variables }, { kind: 'list', values });
  return { items: read.items, next: nextOf(service, read), date: read.date };
}

/** What is asked for, besides `{first}`. */
export interface ListQuery {
  readonly kind: 'list' | 'scan';
  readonly values: Values;
}

/** The answer to one request for a list. */
export interface ListAnswer extends Pick<ListPage, 'items' | 'date'> {
  /** What is at the place of the list. */
  readonly connection: JsonValue;
}

/** Asks for part of a list, for fewer records if so many cost too much. */
export async function readList(service: Service, prepared: PreparedQuery, query: ListQuery): Promise<ListAnswer> {
  const { name, widths, options } = service;
  const width: Width = widths[query.kind];
  for (;;) {
    const first = width.current();
    const variables = fill(prepared.variables, { ...query.values, first }) as JsonObject;
    const request = single({ document: prepared.document, variables });
    const answer = await service.client.ask(request, { kind: `${name} ${query.kind}`, width: first }, service.context);
    if (isTooCostly(answer, options.codes)) {
      if (width.tooMuch()) continue;
      throw new SystemError('shape', `The ${query.kind} of ${name} costs too much even for one record; ask for less.`);
    }
    const read = readAnswer(service, prepared, answer);
    width.fine();
    return read;
  }
}

function readAnswer(service: Service, prepared: PreparedQuery, answer: Answer): ListAnswer {
  const data = completeData(answer, service.options.codes);
  const connection = valueAt(data, prepared.at) ?? null;
  const records = recordsIn(connection);
  if (!records) throw new SystemError('shape', `The answer has no list and no connection at ${prepared.at}.`);
  const missing = records.filter((record) => record === null).length;
  // A null without an error is a record that may not be shown: a point read judges it.
  if (missing > 0) service.context.log('graphql-null-records', { stream: service.name, missing });
  const items = records.flatMap((record) => (record === null ? [] : [toItem(service.stream, record)]));
  return { items, connection, date: answer.is === 'data' ? answer.date : undefined };
}

/** A plain list, the `nodes` of a connection, or the node of each of its `edges`. */
export function recordsIn(connection: JsonValue): readonly JsonValue[] | undefined {
  if (Array.isArray(connection)) return connection;
  const nodes = valueAt(connection, 'nodes');
  if (Array.isArray(nodes)) return nodes;
  const edges = valueAt(connection, 'edges');
  return Array.isArray(edges) ? edges.map((edge: JsonValue) => valueAt(edge, 'node') ?? null) : undefined;
}

function nextOf({ stream, name }: Service, { items, connection }: ListAnswer): Position | undefined {
  const { page, since, at } = stream.list;
  if (page.style === 'relay') {
    const more = valueAt(connection, 'pageInfo.hasNextPage');
    if (more === false) return undefined;
    const edges = valueAt(connection, 'edges');
    const last = Array.isArray(edges) ? valueAt(edges.at(-1) ?? null, 'cursor') : undefined;
    const end = valueAt(connection, 'pageInfo.endCursor') ?? last;
    if (more === true && typeof end === 'string' && end !== '') return end;
    throw new SystemError(
      'shape',
      `${at}.pageInfo does not say where the list goes on; ask for hasNextPage and endCursor.`,
    );
  }
  // No service is trusted to fill its pages: only an empty one is the last.
  const last = items.at(-1);
  if (!last || !since) return undefined;
  const stamp = valueAt(last.data as JsonValue, since.field);
  if (typeof stamp === 'string' || typeof stamp === 'number') return { stamp, key: last.key };
  throw new SystemError(
    'shape',
    `${name} ${last.key} has no time at ${since.field}, so the list cannot go on behind it.`,
  );
}
