import type { BigIntStats } from 'node:fs';

/** Which file on disk one is: a copy of it is another one, by whatever means it was made. Moving it changes nothing. */
export interface FileMark {
  readonly inode: bigint;
  /** Nanoseconds since 1970; zero where the file system does not tell. */
  readonly birth: bigint;
}

/** What is read of a file, with big numbers: inodes and nanoseconds go beyond 2^53. */
export type FileStats = Pick<BigIntStats, 'ino' | 'birthtimeNs' | 'ctimeNs'>;

/**
 * The mark to keep of a file. Where the file system knows no time of birth, Node gives zero or the time of the last change in
 * its place; that one would be another one after each write, and is not kept.
 */
export function markOf({ ino, birthtimeNs, ctimeNs }: FileStats): FileMark {
  return { inode: ino, birth: birthtimeNs === ctimeNs ? 0n : birthtimeNs };
}

/** True if the file that is found is not the one that was marked. An unknown time of birth says nothing. */
export function isAnother(marked: FileMark, found: FileMark): boolean {
  if (found.inode !== marked.inode) return true;
  return marked.birth !== 0n && found.birth !== 0n && found.birth !== marked.birth;
}

/** A mark as text of one line, to be read by {@link parseMark}. */
export function formatMark({ inode, birth }: FileMark): string {
  return `${inode} ${birth}`;
}

/** Reads what {@link formatMark} wrote; null: that is no mark. */
export function parseMark(text: string): FileMark | null {
  const [, inode, birth] = /^(\d+) (-?\d+)$/.exec(text.trim()) ?? [];
  return inode === undefined || birth === undefined ? null : { inode: BigInt(inode), birth: BigInt(birth) };
}
