/** A name quoted as SQL has it, so that no word or character of it is taken for anything else. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The quoted name of a table that is given with its schema. */
export function quoteTable(name: string): string {
  return name.split('.').map(quoteName).join('.');
}

/** `alias."column"`. */
export function quoteColumn(alias: string, column: { readonly column: string }): string {
  return `${alias}.${quoteName(column.column)}`;
}
