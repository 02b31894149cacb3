import type { TokenSource } from '@datastores/core';
import type { Datastore } from '@datastores/core/schema';
import * as z from 'zod';
import { checkOptions } from '../check-options.ts';

/** Another sync server, as the external system of this one. */
export interface SyncServerOptions {
  /** Base of its tRPC routes, e.g. `https://sync.example.com/trpc`. */
  readonly url: string;
  /** A token of it, or a function that fetches a fresh one. */
  readonly token: TokenSource;
  /**
   * The name under which it knows this server as a replica: 8 to 64 letters, digits, "_" and "-". One of its own for each server
   * that is connected, and the same for ever: writes that are repeated are known by it.
   */
  readonly replica: string;
  /** What is exchanged; each is a stream of its name. */
  readonly datastores: readonly Datastore[];
  /** Documents of a page. Default 500. */
  readonly pageSize?: number;
  /** Longest wait for one answer, milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/** Options, checked and complete. */
export type ParsedOptions = Required<SyncServerOptions>;

/** Fills in the defaults. Throws CONFIG_INVALID naming the entries. */
export function parseOptions(options: SyncServerOptions): ParsedOptions {
  return checkOptions('sync-server', shape, options) as ParsedOptions;
}

const shape = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  token: z.custom(
    (value) => (typeof value === 'string' && value !== '') || typeof value === 'function',
    'must be a token or a function',
  ),
  replica: z.string().regex(/^[\w-]{8,64}$/, 'must be 8 to 64 letters, digits, "_" and "-"'),
  datastores: z.array(z.custom(isDatastore, 'must be a datastore')).min(1, 'must list at least one'),
  pageSize: z.int().min(1).max(1_000).default(500),
  timeoutMs: z.int().min(1).default(30_000),
});

function isDatastore(value: unknown): boolean {
  return value !== null && typeof value === 'object' && 'name' in value && 'schema' in value;
}
