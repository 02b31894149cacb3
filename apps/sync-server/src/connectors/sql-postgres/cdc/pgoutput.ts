/** A message of the output plugin `pgoutput`, protocol version 1, as far as it is needed to know which rows changed. */
export type PgoutputMessage =
  /** `commit` is where the commit of the transaction begins in the log, `xid` its number without epoch. */
  | { readonly is: 'begin'; readonly commit: bigint; readonly xid: number }
  /** `end` is where the commit ends. */
  | { readonly is: 'commit'; readonly commit: bigint; readonly end: bigint }
  | { readonly is: 'relation'; readonly oid: number; readonly columns: readonly string[] }
  /** `before` is there for deletions, and for updates where the replica identity changed or is full. */
  | { readonly is: 'row'; readonly oid: number; readonly before: Tuple | null; readonly after: Tuple | null }
  | { readonly is: 'truncate'; readonly oids: readonly number[] }
  | { readonly is: 'message'; readonly prefix: string; readonly content: string }
  /** Types and origins: they say nothing about rows. */
  | { readonly is: 'other' };

/** The values of a row in the order of the columns: text, null, or not sent because a long value did not change. */
export type Tuple = readonly (Buffer | null | typeof UNSENT)[];

/** Stands for a value that was stored out of line, did not change and was therefore not sent. */
export const UNSENT = Symbol('unsent');

/** Reads one message. Throws RangeError for one that ends too early. */
export function readMessage(bytes: Buffer): PgoutputMessage {
  const at: Place = { bytes, offset: 1 };
  switch (String.fromCharCode(bytes.readUInt8(0))) {
    case 'B':
      return { is: 'begin', commit: int64(at), xid: afterTime(at) };
    case 'C':
      int8(at);
      return { is: 'commit', commit: int64(at), end: int64(at) };
    case 'R':
      return readRelation(at);
    case 'I':
    case 'U':
    case 'D':
      return readRow(at);
    case 'T':
      return readTruncate(at);
    case 'M':
      int8(at);
      int64(at);
      return { is: 'message', prefix: text(at), content: take(at, int32(at)).toString('utf8') };
    default:
      return { is: 'other' };
  }
}

/** The number behind the time of the commit. */
function afterTime(at: Place): number {
  int64(at);
  return int32(at);
}

function readRelation(at: Place): PgoutputMessage {
  const oid = int32(at);
  text(at);
  text(at);
  int8(at);
  const columns = Array.from({ length: int16(at) }, () => {
    int8(at);
    const name = text(at);
    int32(at);
    int32(at);
    return name;
  });
  return { is: 'relation', oid, columns };
}

/** `K` and `O` announce the row as it was, `N` as it is. */
function readRow(at: Place): PgoutputMessage {
  const oid = int32(at);
  let before: Tuple | null = null;
  let after: Tuple | null = null;
  while (at.offset < at.bytes.length) {
    if (String.fromCharCode(int8(at)) === 'N') after = readTuple(at);
    else before = readTuple(at);
  }
  return { is: 'row', oid, before, after };
}

function readTuple(at: Place): Tuple {
  return Array.from({ length: int16(at) }, () => {
    const kind = String.fromCharCode(int8(at));
    if (kind === 'n') return null;
    return kind === 'u' ? UNSENT : take(at, int32(at));
  });
}

function readTruncate(at: Place): PgoutputMessage {
  const count = int32(at);
  int8(at);
  return { is: 'truncate', oids: Array.from({ length: count }, () => int32(at)) };
}

interface Place {
  readonly bytes: Buffer;
  offset: number;
}

function int8(at: Place): number {
  at.offset += 1;
  return at.bytes.readUInt8(at.offset - 1);
}

function int16(at: Place): number {
  at.offset += 2;
  return at.bytes.readUInt16BE(at.offset - 2);
}

function int32(at: Place): number {
  at.offset += 4;
  return at.bytes.readUInt32BE(at.offset - 4);
}

function int64(at: Place): bigint {
  at.offset += 8;
  return at.bytes.readBigUInt64BE(at.offset - 8);
}

function text(at: Place): string {
  const end = at.bytes.indexOf(0, at.offset);
  if (end < 0) throw new RangeError('A message of pgoutput ends within a name.');
  const read = at.bytes.toString('utf8', at.offset, end);
  at.offset = end + 1;
  return read;
}

function take(at: Place, length: number): Buffer {
  at.offset += length;
  if (at.offset > at.bytes.length) throw new RangeError('A message of pgoutput ends within a value.');
  return at.bytes.subarray(at.offset - length, at.offset);
}
