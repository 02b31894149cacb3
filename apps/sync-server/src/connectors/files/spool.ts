import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SystemError } from '../connector.ts';
import type { Folder } from './folder.ts';

/** A copy of a file, on this machine, that nobody else writes to. */
export interface Spooled extends AsyncDisposable {
  readonly path: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly size: number;
}

/** Copies a file of the exchange into the state folder. */
export async function spool(folder: Folder, path: string, stateFolder: string): Promise<Spooled> {
  const spoolFolder = join(stateFolder, 'spool');
  await mkdir(spoolFolder, { recursive: true, mode: 0o750 });
  const target = join(spoolFolder, randomUUID());
  const hash = createHash('sha256');
  let size = 0;
  const measured = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      hash.update(bytes);
      size += bytes.length;
      done(null, bytes);
    },
  });
  try {
    await pipeline(await folder.open(path), measured, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(target, { force: true });
    if (error instanceof SystemError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SystemError('down', `${path} could not be copied: ${reason}. Tried again by itself.`, { cause: error });
  }
  return {
    path: target,
    hash: hash.digest('hex'),
    size,
    [Symbol.asyncDispose]: () => rm(target, { force: true }),
  };
}

/** Removes copies that a process left behind when it was killed. */
export async function clearSpool(stateFolder: string): Promise<void> {
  await rm(join(stateFolder, 'spool'), { recursive: true, force: true });
}
