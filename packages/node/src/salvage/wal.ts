import { closeSync, openSync, readSync } from 'node:fs';

/** The write-ahead log beside a database: which pages it holds in a newer state than the file itself. */
export interface Wal {
  /** Zero where there is no log, or none that can be read. */
  readonly pageSize: number;
  /** Number of pages of the database after the last commit in the log. */
  readonly pages: number;
  /** Where in the log the newest committed state of a page begins. */
  readonly offsets: ReadonlyMap<number, number>;
  /**
   * True if commits in it cannot be read any more, though they were complete. SQLite takes the log to end before them, and
   * does not tell. An unfinished last commit, as a crash leaves it, is no damage.
   */
  readonly damaged: boolean;
}

const HEADER = 32;
const FRAME_HEADER = 24;
const NONE: Wal = { pageSize: 0, pages: 0, offsets: new Map(), damaged: false };

/** Reads a log as SQLite does when it opens a database after a crash, but without writing anything. */
export function readWal(filename: string): Wal {
  let handle: number;
  try {
    handle = openSync(filename, 'r');
  } catch {
    return NONE;
  }
  try {
    return read(handle);
  } finally {
    closeSync(handle);
  }
}

interface Frame {
  readonly page: number;
  /** Pages of the database, if this frame ends a commit; else 0. */
  readonly committed: number;
  readonly valid: boolean;
}

function read(handle: number): Wal {
  const header = readAt(handle, 0, HEADER);
  if (header === null) return NONE;
  const bigEndian = header.readUInt32BE(0) === 0x377f0683;
  const sums: Sums = [0, 0];
  add(sums, header.subarray(0, 24), bigEndian);
  const pageSize = header.readUInt32BE(8);
  const known = (header.readUInt32BE(0) & ~1) >>> 0 === 0x377f0682 && isPageSize(pageSize);
  if (!known || !equals(sums, header, 24)) return { ...NONE, damaged: readAt(handle, HEADER, FRAME_HEADER) !== null };

  const salts = header.subarray(16, 24);
  const offsets = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let [pages, broken, commitsLost, damaged] = [0, false, 0, false];
  for (let offset = HEADER; ; offset += FRAME_HEADER + pageSize) {
    const bytes = readAt(handle, offset, FRAME_HEADER + pageSize);
    if (bytes === null) break;
    const sameRound = bytes.subarray(8, 16).equals(salts);
    const frame = sameRound ? frameOf(bytes, sums, bigEndian) : null;
    broken ||= frame === null || !frame.valid;
    if (!broken && frame !== null) {
      uncommitted.set(frame.page, offset + FRAME_HEADER);
      if (frame.committed === 0) continue;
      for (const [page, at] of uncommitted) offsets.set(page, at);
      uncommitted.clear();
      pages = frame.committed;
    } else if (frame !== null) {
      // A later commit is written when the one before is safe on disk: so that one was complete once.
      damaged ||= commitsLost > 0;
      if (frame.committed > 0) commitsLost += 1;
    }
  }
  return { pageSize, pages, offsets, damaged };
}

function frameOf(bytes: Buffer, sums: Sums, bigEndian: boolean): Frame {
  add(sums, bytes.subarray(0, 8), bigEndian);
  add(sums, bytes.subarray(FRAME_HEADER), bigEndian);
  const [page, committed] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  return { page, committed, valid: page > 0 && equals(sums, bytes, 16) };
}

type Sums = [number, number];

/** The running checksum of the log's format: every pair of words goes into two sums that depend on each other. */
function add(sums: Sums, bytes: Buffer, bigEndian: boolean): void {
  let [first, second] = sums;
  for (let at = 0; at < bytes.length; at += 8) {
    const [one, two] = bigEndian
      ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
      : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    first = (first + one + second) >>> 0;
    second = (second + two + first) >>> 0;
  }
  sums[0] = first;
  sums[1] = second;
}

function equals(sums: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === sums[0] && bytes.readUInt32BE(at + 4) === sums[1];
}

/** True for what SQLite takes for the size of a page: a power of two from 512 to 65,536. */
export function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

/** Exactly so many bytes of a file; null where it ends before. */
export function readAt(handle: number, offset: number, length: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(length);
  return readSync(handle, bytes, 0, length, offset) === length ? bytes : null;
}
