import { FileRefused } from './file-refused.ts';
import type { RawRow } from './raw-row.ts';

/**
 * The rows without the trailer that ends them. Throws FileRefused where the last line is no trailer, or counts other
 * records than there are: then something is missing. Without a pattern all rows pass.
 */
export async function* withoutTrailer(
  rows: AsyncIterable<RawRow>,
  pattern: string | undefined,
): AsyncGenerator<RawRow> {
  if (pattern === undefined) {
    yield* rows;
    return;
  }
  let [held, count]: [RawRow | null, number] = [null, 0];
  for await (const row of rows) {
    if (held) {
      count += 1;
      yield held;
    }
    held = row;
  }
  const found = held && new RegExp(pattern, 'u').exec(held.text);
  if (!found) throw new FileRefused('is truncated: it does not end with the trailer');
  const declared = found.groups?.rows;
  if (declared !== undefined && Number(declared) !== count) {
    throw new FileRefused(`is not whole: its trailer counts ${declared} records, and there are ${count}`);
  }
}
