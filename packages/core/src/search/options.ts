import { DatastoreError } from '../errors.ts';
import { EXCERPT_LENGTH } from './highlight.ts';

/** What a search can be asked for beside its words. */
export interface SearchOptions {
  /** Most hits. Default 20; with `offset` at most 1,000. */
  readonly limit?: number;
  /** Hits to leave out before the first one. Default 0. */
  readonly offset?: number;
  /** True for what matches where in each hit, in excerpts of at most 200 characters, or of the length given. */
  readonly highlight?: boolean | { readonly length: number };
}

/** How deep a ranked list goes: whoever reads a thousand hits needs another query. */
export const MAX_DEPTH = 1_000;

/** The options with defaults filled in; `excerpt` is 0 without highlights. Throws OPTION_INVALID naming the option. */
export function readOptions(
  text: unknown,
  { limit = 20, offset = 0, highlight = false }: SearchOptions = {},
): { readonly limit: number; readonly offset: number; readonly excerpt: number } {
  if (typeof text !== 'string') throw invalid('The text to search for is not a string.');
  if (!isWhole(limit, 1)) throw invalid('"limit" is not a whole number from 1.');
  if (!isWhole(offset, 0)) throw invalid('"offset" is not a whole number from 0.');
  if (limit + offset > MAX_DEPTH) throw invalid(`"offset" and "limit" together are more than ${MAX_DEPTH} hits.`);
  const excerpt = typeof highlight === 'object' ? highlight.length : highlight ? EXCERPT_LENGTH : 0;
  if (typeof highlight === 'object' && !isWhole(excerpt, 1)) {
    throw invalid('"length" of "highlight" is not a whole number of characters from 1.');
  }
  return { limit, offset, excerpt };
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function invalid(message: string): DatastoreError {
  return new DatastoreError('OPTION_INVALID', message);
}
