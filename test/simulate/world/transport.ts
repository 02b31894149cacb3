import { DatastoreError, isDatastoreError, type Transport } from '@datastores/core';
import {
  type Caller,
  fromWireError,
  infoSchema,
  pullResponseSchema,
  pushResponseSchema,
  type ReplicationService,
  replicationRouter,
  toWireError,
  transformer,
} from '@datastores/core/protocol';
import { TRPCError } from '@trpc/server';
import type { Process, Scheduler } from '../virtual/scheduler.ts';
import { type Line, NoAnswer } from './line.ts';
import { openStream } from './stream.ts';

/** How long a replica waits for an answer, milliseconds. */
const TIMEOUT_MS = 6_000;

/** Where a replica's requests go. */
export interface ServerSide {
  /** The process that serves at the moment; null where there is none. */
  process(): Process | null;
  service(): ReplicationService;
  /** Who the token of the replica stands for now. */
  caller(): Caller;
}

/** What is told of the messages of a transport. */
export interface Watcher {
  message(what: string, text: string): void;
  answered(kind: 'pull' | 'push' | 'poke', caller: Caller, answer: unknown): void;
}

/** What a transport works with. */
export interface TransportParts {
  readonly device: Process;
  readonly line: Line;
  readonly scheduler: Scheduler;
  readonly server: ServerSide;
  readonly watcher: Watcher;
  /** How to break off each stream that is open. */
  readonly streams: Set<() => void>;
}

/**
 * The transport of a replica over a simulated line. Everything that crosses it is text, made and read by the protocol's
 * own transformer, routes and schemas.
 */
export function createTransport(parts: TransportParts): Transport {
  const { device, line, server, watcher } = parts;
  const ask = async (route: 'info' | 'pull' | 'push', input: unknown, signal: AbortSignal): Promise<unknown> => {
    const sent = textOf(input);
    watcher.message(`${device.name} ${route}`, sent);
    let text: string;
    try {
      text = await line.ask({
        label: `${device.name} ${route}`,
        from: device,
        to: server.process,
        timeoutMs: TIMEOUT_MS,
        signal,
        answer: async () => {
          const caller = server.caller();
          const routes = replicationRouter.createCaller({
            service: server.service(),
            authenticate: async () => caller,
          });
          try {
            const call = routes[route] as (input: unknown) => Promise<unknown>;
            const result = await call(valueOf(sent));
            if (route !== 'info') watcher.answered(route, caller, result);
            return textOf({ result });
          } catch (error) {
            return textOf({ error: toWireError(datastoreErrorOf(error)) });
          }
        },
      });
    } catch (error) {
      throw unreachable(error);
    }
    watcher.message(`${device.name} ${route} answer`, text);
    const answer = valueOf(text) as { readonly result?: unknown; readonly error?: unknown };
    if (answer.error !== undefined) throw fromWireError(answer.error) ?? unreachable(answer.error);
    return answer.result;
  };
  return {
    info: async (signal) => infoSchema.parse(await ask('info', undefined, signal)),
    pull: async (request, signal) => pullResponseSchema.parse(await ask('pull', request, signal)),
    push: async (request, signal) => pushResponseSchema.parse(await ask('push', request, signal)),
    changes: (datastores, listener) => openStream(parts, { ...datastores }, listener),
  };
}

/** A message as it travels. */
export function textOf(value: unknown): string {
  return JSON.stringify(transformer.serialize(value));
}

/** What a message says. */
export function valueOf(text: string): unknown {
  return transformer.deserialize(JSON.parse(text));
}

/** What a route failed with. */
export function datastoreErrorOf(error: unknown): unknown {
  if (isDatastoreError(error)) return error;
  return error instanceof TRPCError && isDatastoreError(error.cause) ? error.cause : error;
}

/** The error of a request without an answer. */
export function unreachable(cause: unknown): DatastoreError {
  const reason = cause instanceof NoAnswer ? cause.message : String(cause);
  return new DatastoreError('SERVER_UNREACHABLE', `No answer (${reason}).`, { cause });
}
