import type { Pages } from './pages.ts';
import { readRecord, readVarint, type StoredValue } from './record.ts';

/** A row as it lies in a page. */
export interface RawRow {
  readonly rowid: number;
  readonly values: readonly StoredValue[];
}

/** What can be read of a table, or of pages that belong to no table any more. */
export interface RowReader {
  /** Reads row by row; what cannot be read is left out. */
  rows(): Generator<RawRow>;
  /** After all rows were read: false if any was left out. */
  readonly complete: boolean;
}

const LEAF = 0x0d;
const INTERIOR = 0x05;

/**
 * Reads the rows of a table from its root page on. A page that is not there, is no page of a table or was met before ends
 * its branch and nothing else. `reached` gets every page that belongs to the table.
 */
export function readTable(pages: Pages, root: number, reached: Set<number>): RowReader {
  let complete = true;
  function* branch(number: number, depth: number): Generator<RawRow> {
    const page = reached.has(number) || depth > 20 ? null : pages.page(number);
    const start = number === 1 ? 100 : 0;
    const type = page?.[start];
    if (page === null || (type !== LEAF && type !== INTERIOR)) {
      complete = false;
      return;
    }
    reached.add(number);
    if (type === LEAF) {
      complete = (yield* leafRows(pages, page, start)) && complete;
      return;
    }
    for (const child of children(page, start)) yield* branch(child, depth + 1);
  }
  return {
    rows: () => branch(root, 0),
    get complete() {
      return complete;
    },
  };
}

/** Reads the rows of every leaf page that neither belongs to a table that was read nor is free. Some may be outdated. */
export function readOrphans(pages: Pages, reached: ReadonlySet<number>): RowReader {
  let complete = true;
  function* rows(): Generator<RawRow> {
    for (let number = 2; number <= pages.count; number += 1) {
      if (reached.has(number) || pages.free?.has(number)) continue;
      const page = pages.page(number);
      if (page?.[0] === LEAF) complete = (yield* leafRows(pages, page, 0)) && complete;
    }
  }
  return {
    rows,
    get complete() {
      return complete;
    },
  };
}

function* children(page: Buffer, start: number): Generator<number> {
  for (const at of cells(page, start, 12)) if (at + 4 <= page.length) yield page.readUInt32BE(at);
  yield page.readUInt32BE(start + 8);
}

/** Where the cells of a page begin. Places outside the page are skipped. */
function* cells(page: Buffer, start: number, headerLength: number): Generator<number> {
  const count = page.readUInt16BE(start + 3);
  for (let at = start + headerLength; at < start + headerLength + 2 * count && at + 2 <= page.length; at += 2) {
    yield page.readUInt16BE(at);
  }
}

/** Returns false if a cell could not be read. */
function* leafRows(pages: Pages, page: Buffer, start: number): Generator<RawRow, boolean> {
  let complete = true;
  for (const at of cells(page, start, 8)) {
    const row = at < page.length ? rowAt(pages, page, at) : null;
    if (row === null) complete = false;
    else yield row;
  }
  return complete;
}

/** More than any document takes; a greater number is damage, and must not claim the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

function rowAt(pages: Pages, page: Buffer, at: number): RawRow | null {
  const length = readVarint(page, at);
  const rowid = length && readVarint(page, length.end);
  if (length === null || rowid === null || length.value < 0 || length.value > MOST_BYTES) return null;
  const payload = payloadAt(pages, page, { at: rowid.end, length: length.value });
  const values = payload && readRecord(payload);
  return values && { rowid: rowid.value, values };
}

/** What does not fit into the page goes on in a chain of pages, each with the number of the next one before its bytes. */
function payloadAt(pages: Pages, page: Buffer, place: { readonly at: number; readonly length: number }): Buffer | null {
  const { at, length } = place;
  const usable = pages.pageSize;
  const local = localBytes(length, usable);
  if (at + local + (local < length ? 4 : 0) > page.length) return null;
  const parts = [page.subarray(at, at + local)];
  let missing = length - local;
  let next = missing > 0 ? page.readUInt32BE(at + local) : 0;
  while (missing > 0) {
    const part = pages.page(next);
    if (part === null || parts.length > length / (usable - 4) + 2) return null;
    parts.push(part.subarray(4, 4 + Math.min(missing, usable - 4)));
    missing -= usable - 4;
    next = part.readUInt32BE(0);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** How many bytes of a row lie in its own page: all, or as many as leave the last page of the chain full. */
function localBytes(length: number, usable: number): number {
  const most = usable - 35;
  if (length <= most) return length;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}
