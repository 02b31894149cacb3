import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { SystemError } from '../connector.ts';
import { type Entry, type Folder, MOST_TEXT } from './folder.ts';

/** A folder of this machine. Links are not followed, neither to files nor out of the folder. */
export function createLocalFolder(path: string): Folder {
  const root = resolve(path);
  const inside = (relative: string) => join(root, ...relative.split('/'));
  const guarded = async <T>(relative: string, work: (path: string) => Promise<T>): Promise<T> => {
    try {
      await refuseLinks(root, dirname(inside(relative)));
      return await work(inside(relative));
    } catch (error) {
      throw toSystemError(root, error);
    }
  };
  return {
    list: (relative) => guarded(`${relative}/-`, async () => orIfAbsent(list(inside(relative)), [])),
    entry: (relative) => guarded(relative, async (full) => orIfAbsent(entryAt(full), null)),
    readText: (relative) => guarded(relative, async (full) => orIfAbsent(readText(full), null)),
    open: (relative) => guarded(relative, openStream),
    create: (relative, content) => guarded(relative, (full) => create(full, content)),
    move: (from, to) =>
      guarded(from, (full) =>
        guarded(to, async (target) => {
          const moved = rename(full, target).then(() => 'moved' as const);
          const outcome = await orIfAbsent(moved, 'gone' as const);
          if (outcome === 'moved') for (const folder of new Set([dirname(target), dirname(full)])) await sync(folder);
          return outcome;
        }),
      ),
    remove: (relative) => guarded(relative, (full) => rm(full, { force: true })),
    makeFolder: (relative) =>
      guarded('-', async () => {
        await mkdir(inside(relative), { recursive: true });
        await refuseLinks(root, inside(relative));
      }),
    close: async () => {},
  };
}

/** The folder itself must be there: one that is not mounted looks like one that is empty. */
async function refuseLinks(root: string, folder: string): Promise<void> {
  const base = await realpath(root);
  const real = await realpath(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  const wanted = base + folder.slice(root.length);
  if (real === null || real === wanted || real === `${base}${sep}`) return;
  throw new SystemError('shape', `${folder} is a link or leads through one, to ${real}; make it a plain folder.`);
}

async function list(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const entries = await Promise.all(names.map((name) => orIfAbsent(entryAt(join(folder, name)), null)));
  return entries.filter((entry) => entry !== null);
}

async function entryAt(path: string): Promise<Entry> {
  const found = await lstat(path);
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  return { name: path.slice(path.lastIndexOf(sep) + 1), kind, size: found.size, mtimeMs: found.mtimeMs };
}

async function readText(path: string): Promise<string> {
  const handle = await openPlain(path);
  try {
    const { size } = await handle.stat();
    if (size > MOST_TEXT) throw new SystemError('shape', `${path} has ${size} bytes, where a few were expected.`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function openStream(path: string): Promise<Readable> {
  const handle = await openPlain(path);
  return handle.createReadStream({ highWaterMark: 256 * 1024 });
}

/** A link that was put in place of the file since it was listed is refused by the system itself. */
function openPlain(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

async function create(path: string, content: string | Buffer): Promise<'created' | 'taken'> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o640);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'taken';
    throw error;
  }
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return 'created';
}

/** Makes a rename survive a loss of power. File systems that cannot do this for a folder refuse it. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

async function orIfAbsent<T, E>(work: Promise<T>, absent: E): Promise<T | E> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return absent;
    throw error;
  }
}

function toSystemError(root: string, error: unknown): unknown {
  if (error instanceof SystemError || !(error instanceof Error) || !('code' in error)) return error;
  const code = codeOf(error);
  const kind =
    code === 'EACCES' || code === 'EPERM' ? 'auth' : code === 'ELOOP' || code === 'ENOTDIR' ? 'shape' : 'down';
  const remedy = REMEDIES[kind];
  return new SystemError(kind, `The folder ${root} cannot be used: ${error.message}. ${remedy}`, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const REMEDIES = {
  auth: 'Give this user the right to read, write and rename there.',
  shape: 'Plain files and folders are expected there, no links.',
  down: 'Check that it is there, mounted, and not full.',
};
