import type { JsonValue } from '@datastores/core/schema';
import { type Line, splitLines } from './lines.ts';
import type { RawRow, RowOptions } from './raw-row.ts';

/** The records of a file with one JSON object on each line. */
export async function* readJsonl(text: AsyncIterable<string>, options: RowOptions): AsyncGenerator<RawRow> {
  for await (const line of splitLines(text, options.maxRecord)) {
    if (line.text.trim() !== '') yield rowOf(line);
  }
}

function rowOf({ number, text, ended, tooLong }: Line): RawRow {
  const row = { line: number, text, ended };
  if (tooLong) return { ...row, fault: 'is longer than maxRecord' };
  try {
    const values = JSON.parse(text) as JsonValue;
    if (typeof values === 'object' && values !== null && !Array.isArray(values))
      return { ...row, values: values as Readonly<Record<string, JsonValue>> };
    return { ...row, fault: 'is no JSON object' };
  } catch (error) {
    return { ...row, fault: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
