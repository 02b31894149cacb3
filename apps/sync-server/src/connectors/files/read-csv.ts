import type { JsonValue } from '@datastores/core/schema';
import { type Cell, splitCells } from './csv-record.ts';
import { FileRefused } from './file-refused.ts';
import type { Empty, Format } from './format-options.ts';
import { type Line, splitLines } from './lines.ts';
import type { RawRow, RowOptions } from './raw-row.ts';

type CsvFormat = Extract<Format, { is: 'csv' }>;

/**
 * The records of a CSV file. A quote that is never closed, or closed in the wrong place, spoils its own line alone: the
 * lines behind it are read anew. Throws FileRefused where the header is missing, unclear, or lacks a required column.
 */
export async function* readCsv(
  text: AsyncIterable<string>,
  format: CsvFormat,
  options: RowOptions,
): AsyncGenerator<RawRow> {
  let header = format.header && checkHeader(format.header, options.required);
  for await (const row of recordsOf(splitLines(text, options.maxRecord), format, options.maxRecord)) {
    if (header) {
      yield rowOf(row, header, format);
      continue;
    }
    if (!row.cells) throw new FileRefused(`has a header that cannot be read: ${row.fault}`);
    header = checkHeader(
      row.cells.map((cell) => cell.text.trim()),
      options.required,
    );
  }
  if (!header) throw new FileRefused('has no header line');
}

interface Split {
  readonly line: number;
  readonly text: string;
  readonly ended: boolean;
  readonly cells?: readonly Cell[];
  readonly fault?: string;
}

/** Joins lines while a quote is open. `again` are lines that were taken for parts of a quoted cell and were not. */
async function* recordsOf(lines: AsyncIterator<Line>, format: CsvFormat, maxRecord: number): AsyncGenerator<Split> {
  const again: Line[] = [];
  const next = async () => again.shift() ?? ((await lines.next()).value as Line | undefined);
  for (let first = await next(); first; first = await next()) {
    if (first.text === '' && !first.tooLong) continue;
    const taken = [first];
    let split = cellsOf(taken, format);
    let length = first.text.length;
    while (split === 'open' && length <= maxRecord && taken.length <= MOST_LINES) {
      const line = await next();
      if (!line) break;
      taken.push(line);
      length += line.text.length + 1;
      split = cellsOf(taken, format);
    }
    const { number, text, ended } = first;
    if (split === 'open') split = { fault: 'a quote is not closed' };
    if ('fault' in split) {
      again.unshift(...taken.slice(1));
      yield { line: number, text, ended, fault: split.fault };
    } else {
      yield { line: number, text: textOf(taken), ended: taken.at(-1)?.ended ?? ended, cells: split };
    }
  }
}

const MOST_LINES = 500;

function cellsOf(lines: readonly Line[], format: CsvFormat) {
  if (lines.some(({ tooLong }) => tooLong)) return { fault: 'is longer than maxRecord' };
  // Joining a cell of hundreds of lines anew with each line is wanted only where the last line can close it.
  const last = lines.at(-1)?.text ?? '';
  if (lines.length > 1 && format.quote !== false && !last.includes(format.quote)) return 'open';
  return splitCells(textOf(lines), format);
}

function textOf(lines: readonly Line[]): string {
  return lines.length === 1 ? (lines[0]?.text ?? '') : lines.map(({ text }) => text).join('\n');
}

function rowOf({ line, text, ended, cells, fault }: Split, header: readonly string[], format: CsvFormat): RawRow {
  if (!cells) return { line, text, ended, fault: fault ?? 'cannot be read' };
  if (cells.length !== header.length) {
    return { line, text, ended, fault: `has ${cells.length} columns instead of ${header.length}` };
  }
  const values: Record<string, JsonValue> = {};
  cells.forEach((cell, at) => {
    const value = valueIn(cell, format);
    if (value !== undefined) values[header[at] ?? ''] = value;
  });
  return { line, text, ended, values };
}

function valueIn({ text, quoted }: Cell, format: CsvFormat): string | null | undefined {
  if (text === '') return EMPTY[quoted ? format.quotedEmpty : format.empty];
  if (quoted) return text;
  if (text === format.absentText) return undefined;
  return text === format.nullText ? null : text;
}

const EMPTY: Readonly<Record<Empty, string | null | undefined>> = { null: null, absent: undefined, text: '' };

function checkHeader(names: readonly string[], required: readonly string[]): readonly string[] {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new FileRefused(`has two columns named "${twice}"`);
  const lacking = required.filter((name) => !names.includes(name));
  if (lacking.length === 0) return names;
  throw new FileRefused(`lacks the columns ${lacking.join(', ')}; it has ${names.join(', ').slice(0, 500)}`);
}
