import { quoteColumn } from '../sql/names.ts';
import { keyColumns } from '../sql/record-key.ts';
import type { Column } from '../sql/table.ts';
import { kindOf } from './kind.ts';

/**
 * SQL for the text of a key: the text of its column, or a JSON list of the texts of its columns, as `keyColumns` takes it
 * apart. As the bytes of {@link asBytes} it ascends as strings do in JavaScript, but for characters beyond U+FFFF, which
 * come last.
 */
export function keyText(alias: string, key: readonly Column[]): string {
  const texts = key.map((column) => columnText(alias, column));
  if (texts.length === 1) return String(texts[0]);
  return `concat('[', ${texts.map((text) => `json_quote(${text})`).join(", ',', ")}, ']')`;
}

/** SQL for the text of one column, whatever its character set. Bytes are base64. */
export function columnText(alias: string, column: Column): string {
  const name = quoteColumn(alias, column);
  const kind = kindOf(column);
  if (kind === 'bytes') return `convert(replace(to_base64(${name}), '\\n', '') using utf8mb4)`;
  if (kind === 'bit' || kind === 'boolean') return `cast(${name} + 0 as char character set utf8mb4)`;
  if (kind === 'text' || kind === 'enum' || kind === 'set') return `convert(${name} using utf8mb4)`;
  return `cast(${name} as char character set utf8mb4)`;
}

/** Compared byte by byte: no collation makes two texts one, and blanks at the end count. */
export function asBytes(text: string): string {
  return `cast(${text} as binary)`;
}

/**
 * SQL condition that the key of `alias` is one of these. Texts that no column of the type can have are left out: MySQL
 * would take `12abc` for 12. `bind` puts a value in. Null: nothing is left.
 */
export function isOneOf(
  alias: string,
  key: readonly Column[],
  { keys, bind }: { readonly keys: readonly string[]; readonly bind: (value: unknown) => string },
): string | null {
  const each = keys.flatMap((text) => {
    const values = keyColumns(text, key.length)?.map((part, at) => keyValue(part, key[at] as Column));
    return values && !values.includes(null) ? [values] : [];
  });
  if (each.length === 0) return null;
  if (key.length === 1)
    return `${quoteColumn(alias, key[0] as Column)} in (${each.map(([one]) => bind(one)).join(', ')})`;
  const equal = each.map((values) =>
    values.map((value, at) => `${quoteColumn(alias, key[at] as Column)} = ${bind(value)}`).join(' and '),
  );
  return `(${equal.map((one) => `(${one})`).join(' or ')})`;
}

/** A value that compares as its column does, so that an index is used; null for what the column cannot have. */
export function keyValue(text: string, column: Column): unknown {
  switch (kindOf(column)) {
    case 'whole':
    case 'bit':
    case 'boolean':
      return /^-?\d{1,20}$/.test(text) ? BigInt(text) : null;
    case 'decimal':
      return /^-?\d{1,65}(?:\.\d{1,38})?$/.test(text) ? { toSqlString: () => text } : null;
    case 'bytes':
      return BASE64.test(text) ? Buffer.from(text, 'base64') : null;
    case 'date':
    case 'datetime':
      return /^\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?$/.test(text) ? text : null;
    case 'time':
      return /^-?\d+:\d\d:\d\d(?:\.\d+)?$/.test(text) ? text : null;
    default:
      return text;
  }
}

/** Bytes written as base64. */
export const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
