import type { Readable } from 'node:stream';

/**
 * The folder of an exchange, local or on a server. Paths are relative to it, with slashes, made of declared folder names
 * and of names that `list` gave. Throws SystemError where the folder cannot be used.
 */
export interface Folder {
  /** What lies in a folder, without what begins with a dot; empty if there is no such folder. */
  list(path: string): Promise<readonly Entry[]>;
  /** The one entry, links not followed; null if there is none. */
  entry(path: string): Promise<Entry | null>;
  /** Content of a small file; null if there is none. */
  readText(path: string): Promise<string | null>;
  open(path: string): Promise<Readable>;
  /** Writes a new file, which is on the disk when this resolves. `taken`: there is one already, and it stays as it is. */
  create(path: string, content: string | Buffer): Promise<'created' | 'taken'>;
  /** Moves a file in one step. Overwrites what is there. */
  move(from: string, to: string): Promise<'moved' | 'gone'>;
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>;
  /** Makes a folder below the exchange folder; never the exchange folder itself. */
  makeFolder(path: string): Promise<void>;
  /** Ends the connection, if there is one. Another call opens it again. */
  close(): Promise<void>;
}

/** One thing in a folder. Only a plain `file` is ever read. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  readonly mtimeMs: number;
}

/** Most bytes of a file that is read as a whole. */
export const MOST_TEXT = 1024 ** 2;
