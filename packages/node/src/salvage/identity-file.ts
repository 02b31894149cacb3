import { readFileSync, statSync } from 'node:fs';
import { type FileMark, formatMark, isAnother, markOf, parseMark } from '../file-mark.ts';
import { replaceDurably } from '../storage/durable-file.ts';
import type { FolderFiles } from './folder-files.ts';

/**
 * True if the database of a folder is not the file that this replica was last open on: somebody has copied the folder, or the
 * database alone, or brought it back from a copy. Taken for a copy without being one, a replica gets a new id and no more; a copy
 * that went unnoticed would lose writes. So every doubt is one, but for a folder of an earlier version, which kept no mark.
 */
export function isCopied(files: FolderFiles): boolean {
  const found = statSync(files.database, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return false;
  const { id, mark } = read(files);
  if (id === null) return true;
  if (mark === undefined) return false;
  // A copy that was made a moment ago may have the time of its birth as that of its last change: here it counts.
  return mark === null || isAnother(mark, { inode: found.ino, birth: found.birthtimeNs });
}

/**
 * Notes who the replica of a folder is, and on which file. To be called when the database says so itself, durably: until then a
 * copy must look like one at the next opening too.
 */
export function keepIdentity(files: FolderFiles, replicaId: string): void {
  const content = `${replicaId}\n${formatMark(markOf(statSync(files.database, { bigint: true })))}\n`;
  if (contentOf(files) !== content) replaceDurably(files.identity, content);
}

/** The id of the replica as it is told beside the database; null where it is not. */
export function idBeside(files: FolderFiles): string | null {
  return read(files).id;
}

/** `mark` is null where it cannot be read, and undefined where there is none. */
function read(files: FolderFiles): { readonly id: string | null; readonly mark: FileMark | null | undefined } {
  const [id = '', mark = ''] = contentOf(files).split('\n');
  return { id: id.trim() || null, mark: mark.trim() === '' ? undefined : parseMark(mark) };
}

/** Nothing where the file is not there or cannot be read. */
function contentOf({ identity }: FolderFiles): string {
  try {
    return readFileSync(identity, 'utf8');
  } catch {
    return '';
  }
}
