import { createTrpcTransport, isDatastoreError, type Transport } from '@datastores/core';
import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import type { Datastore } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import type { ParsedOptions } from './options.ts';

/** The way to the other server for one stream and one job of the engine. */
export interface Line {
  readonly options: ParsedOptions;
  readonly datastore: Datastore;
  readonly transport: Transport;
  readonly context: Context;
  /** What every request begins with. */
  readonly header: { readonly protocol: number; readonly datastore: string; readonly schemaVersion: number };
}

/** Opens the way, through the fetch of the context. */
export function openLine(options: ParsedOptions, datastore: Datastore, context: Context): Line {
  const { url, token, timeoutMs } = options;
  const transport = createTrpcTransport({ url, token, timeoutMs, fetch: context.fetch });
  const header = { protocol: PROTOCOL_VERSION, datastore: datastore.name, schemaVersion: datastore.version };
  return { options, datastore, transport, context, header };
}

/** What `ask` brings; what it throws becomes the SystemError that says what the engine is to do. */
export async function asked<T>(ask: Promise<T>): Promise<T> {
  try {
    return await ask;
  } catch (error) {
    throw systemErrorOf(error);
  }
}

/** A failure of the other server as the engine understands it. */
export function systemErrorOf(error: unknown): SystemError {
  if (error instanceof SystemError) return error;
  if (!isDatastoreError(error)) throw error;
  const { code, message, retryAfterMs } = error;
  const options = { cause: error, ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) };
  if (code === 'SERVER_BUSY') return new SystemError('throttled', message, options);
  if (AUTH.has(code)) return new SystemError('auth', message, options);
  return new SystemError(error.retryable ? 'down' : 'shape', message, options);
}

const AUTH: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'TOKEN_EXPIRED', 'FORBIDDEN']);
