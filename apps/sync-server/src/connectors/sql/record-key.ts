import type { RowTarget } from './dialect.ts';
import type { Column } from './table.ts';

/** The texts of the columns of a key, or null if this cannot be a key of so many columns. */
export function keyColumns(key: string, count: number): readonly string[] | null {
  if (count === 1) return [key];
  try {
    const texts: unknown = JSON.parse(key);
    const fits = Array.isArray(texts) && texts.length === count && texts.every((text) => typeof text === 'string');
    return fits ? (texts as string[]) : null;
  } catch {
    return null;
  }
}

/** The columns and texts of a key, for a {@link RowTarget}. */
export function keyWhere(columns: readonly Column[], key: string): RowTarget['where'] {
  const texts = keyColumns(key, columns.length) ?? [];
  return columns.map((column, at) => ({ column, text: String(texts[at]) }));
}
