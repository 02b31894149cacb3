import type { Format } from './format-options.ts';
import type { RawRow, RowOptions } from './raw-row.ts';
import { readCsv } from './read-csv.ts';
import { readJsonl } from './read-jsonl.ts';
import { readText } from './read-text.ts';
import { readXml } from './read-xml.ts';

/** The records of a local file as they are written, one after the other, in memory that does not grow with the file. */
export async function* readRows(
  path: string,
  format: Format,
  options: RowOptions & { readonly maxBytes: number },
): AsyncGenerator<RawRow> {
  const text = readText(path, { encoding: format.encoding, maxBytes: options.maxBytes });
  for await (const row of rowsOf(text, format, options)) yield lostCharacters(row);
}

function rowsOf(text: AsyncIterable<string>, format: Format, options: RowOptions): AsyncGenerator<RawRow> {
  if (format.is === 'csv') return readCsv(text, format, options);
  return format.is === 'jsonl' ? readJsonl(text, options) : readXml(text, format, options);
}

/** A record must not come in with characters that were lost on the way. */
function lostCharacters(row: RawRow): RawRow {
  if (row.fault !== undefined || !row.text.includes('\ufffd')) return row;
  return { ...row, fault: 'has bytes that are no characters in the declared encoding' };
}
