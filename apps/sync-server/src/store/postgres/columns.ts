import { encodeText } from './text-code.ts';

const TEXT = 25;
const INT8 = 20;
const BYTEA = 17;

/** Length of the header of an array of one dimension. */
const HEADER = 20;

/** A column of texts as a parameter for `unnest($n::text[])`. */
export function texts(values: readonly (string | null)[]): Buffer {
  const encoded = values.map((value) => (value === null ? null : encodeText(value)));
  const lengths = encoded.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const { array, at: start } = begin(TEXT, lengths);
  let at = start;
  for (const [index, value] of encoded.entries()) {
    const length = lengths[index] as number;
    at = array.writeInt32BE(value === null ? -1 : length, at);
    if (value !== null) at += array.write(value, at, length, 'utf8');
  }
  return array;
}

/** A column of whole numbers as a parameter for `unnest($n::bigint[])`. */
export function numbers(values: readonly (number | null)[]): Buffer {
  const { array, at: start } = begin(
    INT8,
    values.map((value) => (value === null ? 0 : 8)),
  );
  let at = start;
  for (const value of values) {
    at = array.writeInt32BE(value === null ? -1 : 8, at);
    if (value !== null) at = array.writeBigInt64BE(BigInt(value), at);
  }
  return array;
}

/** A column of bytes as a parameter for `unnest($n::bytea[])`. */
export function blobs(values: readonly Buffer[]): Buffer {
  const { array, at: start } = begin(
    BYTEA,
    values.map(({ length }) => length),
  );
  let at = start;
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    at += value.copy(array, at);
  }
  return array;
}

/** In the form in which the database sends and takes arrays itself: nothing is escaped and nothing parsed. */
function begin(type: number, lengths: readonly number[]): { readonly array: Buffer; readonly at: number } {
  const size = lengths.reduce((sum, length) => sum + 4 + length, HEADER);
  const array = Buffer.allocUnsafe(size);
  if (lengths.length === 0) {
    const empty = Buffer.alloc(12);
    empty.writeInt32BE(type, 8);
    return { array: empty, at: 12 };
  }
  let at = array.writeInt32BE(1, 0);
  at = array.writeInt32BE(1, at);
  at = array.writeInt32BE(type, at);
  at = array.writeInt32BE(lengths.length, at);
  at = array.writeInt32BE(1, at);
  return { array, at };
}
