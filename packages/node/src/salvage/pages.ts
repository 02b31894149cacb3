import { closeSync, fstatSync, openSync } from 'node:fs';
import { isPageSize, readAt, readWal } from './wal.ts';

/** The pages of a database file, read without SQLite, as far as they are there. Nothing is written or locked. */
export interface Pages {
  readonly pageSize: number;
  /** How many pages there are to look for. */
  readonly count: number;
  /** The newest committed state of a page, counted from 1; null where the file ends before it. */
  page(number: number): Buffer | null;
  /** The pages that hold nothing, though old content may be left in them; null where that cannot be told. */
  readonly free: ReadonlySet<number> | null;
  /** False if commits in the log beside the file cannot be read. */
  readonly logSound: boolean;
  close(): void;
}

/** What SQLite and this storage take where the header does not tell. */
const DEFAULT_PAGE_SIZE = 4_096;

/** Opens the pages of a file and of the `-wal` file beside it. */
export function openPages(filename: string): Pages {
  const handle = openSync(filename, 'r');
  const wal = readWal(`${filename}-wal`);
  const log = wal.pageSize > 0 ? openSync(`${filename}-wal`, 'r') : null;
  const header = readAt(handle, 0, 100);
  const pageSize = wal.pageSize || pageSizeOf(header);
  const count = Math.max(wal.pages, Math.ceil(fstatSync(handle).size / pageSize));
  const page = (number: number): Buffer | null => {
    const inLog = wal.offsets.get(number);
    if (inLog !== undefined && log !== null) return readAt(log, inLog, pageSize);
    return number < 1 || number > count ? null : readAt(handle, (number - 1) * pageSize, pageSize);
  };
  return {
    pageSize,
    count,
    page,
    free: freePages(page, count),
    logSound: !wal.damaged,
    close() {
      closeSync(handle);
      if (log !== null) closeSync(log);
    },
  };
}

function pageSizeOf(header: Buffer | null): number {
  const size = header?.readUInt16BE(16) ?? 0;
  // 65,536 does not fit into the field and is written as 1.
  const told = size === 1 ? 65_536 : size;
  return header !== null && isHeader(header) && isPageSize(told) ? told : DEFAULT_PAGE_SIZE;
}

function isHeader(page: Buffer): boolean {
  return page.toString('latin1', 0, 16) === 'SQLite format 3\0';
}

/** Walks the list of free pages: trunks that name the next trunk, and up to a page full of free pages each. */
function freePages(page: Pages['page'], count: number): ReadonlySet<number> | null {
  const first = page(1);
  if (first === null || !isHeader(first)) return null;
  const free = new Set<number>();
  for (let trunk = first.readUInt32BE(32); trunk !== 0; ) {
    const bytes = free.has(trunk) || trunk > count ? null : page(trunk);
    if (bytes === null) return null;
    free.add(trunk);
    const listed = bytes.readUInt32BE(4);
    if (listed > bytes.length / 4 - 2) return null;
    for (let at = 0; at < listed; at += 1) free.add(bytes.readUInt32BE(8 + 4 * at));
    trunk = bytes.readUInt32BE(0);
  }
  return free.size === first.readUInt32BE(36) ? free : null;
}
