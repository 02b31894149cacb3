import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord, Write } from '../connector.ts';
import { writeValue } from './cell-value.ts';
import { encodeText, lackingIn } from './encoding.ts';
import type { Format } from './format-options.ts';
import type { StreamOptions } from './options.ts';
import { sourceOf } from './record.ts';
import { writeXml } from './write-xml.ts';

/** One line to hand over. Fields that `data` does not have are not said. */
export interface OutRow {
  readonly operation: Write['op'];
  readonly writeId: string;
  readonly key: string;
  readonly data: ExternalRecord;
}

/** A file of the outbox. Every value must have passed {@link unwritable}. */
export function writeRows(stream: StreamOptions, rows: readonly OutRow[]): Buffer {
  const { format } = stream;
  const named = rows.map((row) => columnsOf(stream, row));
  const text =
    format.is === 'csv'
      ? writeCsv(headerOf(stream), named, format)
      : format.is === 'xml'
        ? writeXml(named, format)
        : named.map((values) => `${JSON.stringify(Object.fromEntries(values))}\n`).join('');
  const mark = format.is === 'csv' && format.bom && format.encoding.startsWith('utf') ? '\ufeff' : '';
  const bytes = encodeText(mark + text, format.encoding);
  if (Buffer.isBuffer(bytes)) return bytes;
  throw new TypeError(`A value has the character ${bytes.lacks}, which should have been refused.`);
}

/** Why a value cannot be written in a format; null if it can. */
export function unwritable(value: JsonValue, format: Format): string | null {
  if (value === null) return null;
  const text = writeValue(value, format);
  const lacks = lackingIn(text, format.encoding);
  if (lacks !== null) return `has the character "${lacks}", which ${format.encoding} does not have`;
  if (format.is === 'xml' && notInXml(text)) return 'has a control character, which XML cannot hold';
  if (format.is !== 'csv' || format.quote !== false) return null;
  const bare = !text.includes(format.separator) && !/[\r\n]/.test(text);
  const plain = text !== '' && text !== format.nullText && text !== format.absentText;
  return bare && plain ? null : 'cannot be told apart in a file without quotes';
}

/** How names of files end. */
export function endingOf({ is }: Format): string {
  return is;
}

/** Control characters but tab and line ends, and the two that are no characters. */
function notInXml(text: string): boolean {
  return /[\ufffe\uffff]/.test(text) || /\p{Cc}/u.test(text.replace(/[\t\r\n\u007f-\u009f]/g, ''));
}

/** Values by column. The key is written even where the record does not say it. */
function columnsOf(stream: StreamOptions, { operation, writeId, key, data }: OutRow): Map<string, JsonValue> {
  const { outbox } = stream;
  const values = new Map<string, JsonValue>();
  if (outbox) values.set(outbox.operation.field, outbox.operation[operation]).set(outbox.writeId, writeId);
  values.set(sourceOf(stream, stream.key), data[stream.key] ?? key);
  for (const field of Object.keys(stream.fields ?? data)) {
    const value = data[field];
    if (value !== undefined && field !== stream.key) values.set(sourceOf(stream, field), value);
  }
  return values;
}

function headerOf(stream: StreamOptions): string[] {
  const { outbox } = stream;
  const fields = Object.keys(stream.fields ?? {}).filter((field) => field !== stream.key);
  const ours = outbox ? [outbox.operation.field, outbox.writeId] : [];
  return [...ours, sourceOf(stream, stream.key), ...fields.map((field) => sourceOf(stream, field))];
}

type CsvFormat = Extract<Format, { is: 'csv' }>;

function writeCsv(header: readonly string[], rows: readonly Map<string, JsonValue>[], format: CsvFormat): string {
  const line = (cells: readonly string[]) => cells.join(format.separator) + format.newline;
  const names = line(header.map((name) => quoted(name, format)));
  return names + rows.map((row) => line(header.map((name) => cellOf(row.get(name), format)))).join('');
}

function cellOf(value: JsonValue | undefined, format: CsvFormat): string {
  if (value === undefined) return format.absentText;
  if (value === null) return format.nullText;
  return quoted(writeValue(value, format), format);
}

function quoted(text: string, { quote, separator, nullText, absentText }: CsvFormat): string {
  if (quote === false) return text;
  const plain = text !== '' && text !== nullText && text !== absentText && text.trim() === text;
  if (plain && !text.includes(separator) && !text.includes(quote) && !/[\r\n]/.test(text)) return text;
  return quote + text.replaceAll(quote, quote + quote) + quote;
}
