/** A value as SQLite stores it. */
export type StoredValue = string | number | bigint | Buffer | null;

/** Reads the values of a record; null where the bytes are none. */
export function readRecord(bytes: Buffer): readonly StoredValue[] | null {
  const header = readVarint(bytes, 0);
  if (header === null || header.value < header.end || header.value > bytes.length) return null;
  const values: StoredValue[] = [];
  let body = header.value;
  for (let at = header.end; at < header.value; ) {
    const type = readVarint(bytes, at);
    if (type === null) return null;
    const length = lengthOf(type.value);
    if (length === null || body + length > bytes.length) return null;
    values.push(storedValue(bytes, type.value, body));
    body += length;
    at = type.end;
  }
  return values;
}

/** Reads a number of one to nine bytes, and where it ends; null where the bytes end before. */
export function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0n;
  for (let at = start; at < start + 9; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    if (at === start + 8) return { value: Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte))), end: at + 1 };
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value: Number(value), end: at + 1 };
  }
  return null;
}

/** Bytes of each type of number: null, integers, a float, and the numbers 0 and 1 that take none. */
const FIXED = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function lengthOf(type: number): number | null {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return FIXED[type] ?? null;
}

function storedValue(bytes: Buffer, type: number, at: number): StoredValue {
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(at);
  if (type >= 12) {
    const content = bytes.subarray(at, at + (lengthOf(type) ?? 0));
    return type % 2 === 1 ? content.toString('utf8') : Buffer.from(content);
  }
  if (type === 6) {
    const value = bytes.readBigInt64BE(at);
    return BigInt.asIntN(54, value) === value ? Number(value) : value;
  }
  return type >= 8 ? type - 8 : bytes.readIntBE(at, FIXED[type] ?? 1);
}
