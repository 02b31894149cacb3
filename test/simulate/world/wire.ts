import { DatastoreError, isDatastoreError } from '@datastores/core';
import { transformer } from '@datastores/core/protocol';
import { TRPCError } from '@trpc/server';
import { NoAnswer } from './line.ts';

/** A message as it travels. */
export function textOf(value: unknown): string {
  return JSON.stringify(transformer.serialize(value));
}

/** What a message says. */
export function meaningOf(text: string): unknown {
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
