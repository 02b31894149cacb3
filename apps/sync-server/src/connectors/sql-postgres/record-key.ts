import { quoteColumn } from '../sql/names.ts';
import type { Column } from '../sql/table.ts';

/**
 * SQL for the text of a key: the text of its column, or a JSON list of the texts of its columns, as
 * `keyColumns` takes it apart. Ordered by {@link BYTE_ORDER} it ascends as strings do in JavaScript, but for
 * characters beyond U+FFFF, which come last.
 */
export function keyText(alias: string, key: readonly Column[], castTo: readonly Column[] = key): string {
  const texts = key.map((column, at) => `${quoteColumn(alias, column)}::${castTo[at]?.name}::text`);
  return texts.length === 1 ? String(texts[0]) : `array_to_json(array[${texts.join(', ')}])::text`;
}

/** Compares bytes, so that the order does not depend on the language of the database. */
export const BYTE_ORDER = 'collate "C"';

/** SQL that joins `alias` with lists of key columns given as text parameters from `$first` on. */
export function joinKeys(alias: string, key: readonly Column[], first: number): string {
  const lists = key.map((column, at) => `$${first + at}::text[]::${bare(column)}[]`);
  const names = key.map((_, at) => `k${at}`);
  const equal = key.map((column, at) => `${quoteColumn(alias, column)} = w.k${at}`);
  return `join unnest(${lists.join(', ')}) as w(${names.join(', ')}) on ${equal.join(' and ')}`;
}

/** The lists for {@link joinKeys}. */
export function keyLists(keys: readonly (readonly string[])[], count: number): string[][] {
  return Array.from({ length: count }, (_, at) => keys.map((texts) => String(texts[at])));
}

/** The type of a column without its length: a text that is too long must not be cut to one that exists. A bare `character` has length 1. */
export function bare(column: Column): string {
  return column.name.replace(/^character\(\d+\)/, 'bpchar').replace(/\([^)]*\)/, '');
}
