import { randomUUID } from 'node:crypto';
import type { Attributes, Stats } from 'ssh2';
import { SystemError } from '../connector.ts';
import { type Entry, type Folder, MOST_TEXT } from './folder.ts';
import type { SftpOptions } from './sftp-options.ts';
import { createSftpSession, type SftpSession } from './sftp-session.ts';

/** A folder of an SFTP server. Renames are atomic where the server has posix-rename, as OpenSSH does. */
export function createSftpFolder(options: SftpOptions): Folder {
  const session = createSftpSession(options);
  const root = options.folder.replace(/\/+$/, '') || '/';
  const full = (relative: string) => `${root}/${relative}`;
  const name = `sftp://${options.host}${root}`;
  const plainFolder = createLinkCheck(session, root);
  const guarded = async <T>(relative: string, work: (path: string) => Promise<T>): Promise<T> => {
    try {
      await plainFolder(relative.slice(0, Math.max(0, relative.lastIndexOf('/'))));
      return await work(full(relative));
    } catch (error) {
      throw toSystemError(`${name}/${relative}`, error);
    }
  };
  const entryAt = (path: string) => orIfAbsent(statEntry(session, path), null);
  return {
    list: (relative) => guarded(`${relative}/-`, () => orIfAbsent(list(session, full(relative)), [])),
    entry: (relative) => guarded(relative, entryAt),
    readText: (relative) => guarded(relative, (path) => readText(session, path)),
    open: (relative) =>
      guarded(relative, async (path) => {
        await requirePlain(session, path);
        return session.read(path);
      }),
    create: (relative, content) => guarded(relative, (path) => create(session, path, content)),
    move: (from, to) =>
      guarded(from, (path) => guarded(to, (target) => orIfAbsent(move(session, path, target), 'gone' as const))),
    remove: (relative) =>
      guarded(relative, (path) =>
        orIfAbsent(
          session.ask<void>((sftp, done) => sftp.unlink(path, done)),
          undefined,
        ),
      ),
    makeFolder: (relative) =>
      guarded('-', async () => {
        const parts = relative.split('/');
        for (let depth = 1; depth <= parts.length; depth += 1) {
          const path = full(parts.slice(0, depth).join('/'));
          if ((await entryAt(path)) !== null) continue;
          const made = session.ask<void>((sftp, done) => sftp.mkdir(path, done));
          // Another server may have made it meanwhile, and the protocol has no code for that.
          await made.catch(async (error: unknown) => {
            if (codeOf(error) !== FAILURE || (await entryAt(path)) === null) throw error;
          });
        }
        await plainFolder(relative);
      }),
    close: () => session.close(),
  };
}

/** Folders of the exchange must be folders, not links that lead somewhere else. Each is looked at once a minute. */
function createLinkCheck(session: SftpSession, root: string): (relative: string) => Promise<void> {
  const fine = new Map<string, number>();
  const realPath = (path: string) => session.ask<string>((sftp, done) => sftp.realpath(path, done));
  return async (relative) => {
    if ((fine.get(relative) ?? Number.NEGATIVE_INFINITY) > performance.now() - 60_000) return;
    const base = await realPath(root);
    // Some servers give the real path of what is not there.
    await session.ask<Stats>((sftp, done) => sftp.stat(root, done));
    if (relative !== '') {
      const real = await orIfAbsent(realPath(`${root}/${relative}`), null);
      const wanted = base === '/' ? `/${relative}` : `${base}/${relative}`;
      if (real !== null && real !== wanted) {
        throw new SystemError(
          'shape',
          `${root}/${relative} is a link or leads through one, to ${real}; make it a plain folder.`,
        );
      }
      if (real === null) return;
    }
    fine.set(relative, performance.now());
  };
}

interface Listed {
  readonly filename: string;
  readonly attrs: Attributes;
}

async function list(session: SftpSession, path: string): Promise<Entry[]> {
  const listed = await session.ask<readonly Listed[]>((sftp, done) => sftp.readdir(path, done));
  return listed
    .filter(({ filename }) => !filename.startsWith('.') && !/[/\\\0]/.test(filename))
    .map(({ filename, attrs }) => toEntry(filename, attrs));
}

async function statEntry(session: SftpSession, path: string): Promise<Entry> {
  const attrs = await session.ask<Stats>((sftp, done) => sftp.lstat(path, done));
  return toEntry(path.slice(path.lastIndexOf('/') + 1), attrs);
}

function toEntry(name: string, { mode, size, mtime }: Attributes): Entry {
  const type = mode & 0o170000;
  const kind = type === 0o100000 ? 'file' : type === 0o040000 ? 'folder' : 'other';
  return { name, kind, size, mtimeMs: mtime * 1_000 };
}

async function requirePlain(session: SftpSession, path: string): Promise<Entry> {
  const entry = await statEntry(session, path);
  if (entry.kind === 'file') return entry;
  throw new SystemError('shape', `${path} is no plain file.`);
}

async function readText(session: SftpSession, path: string): Promise<string | null> {
  const entry = await orIfAbsent(requirePlain(session, path), null);
  if (entry === null) return null;
  if (entry.size > MOST_TEXT)
    throw new SystemError('shape', `${path} has ${entry.size} bytes, where a few were expected.`);
  const content = session.ask<Buffer>((sftp, done) =>
    sftp.readFile(path, done as (error: Error | undefined, data: Buffer) => void),
  );
  return orIfAbsent(
    content.then((bytes) => bytes.toString('utf8')),
    null,
  );
}

async function create(session: SftpSession, path: string, content: string | Buffer): Promise<'created' | 'taken'> {
  const bytes = Buffer.from(content);
  const handle = await openNew(session, path);
  if (handle === 'taken') return handle;
  try {
    for (let at = 0; at < bytes.length; at += WRITTEN_AT_ONCE) {
      const length = Math.min(WRITTEN_AT_ONCE, bytes.length - at);
      await session.ask<void>((sftp, done) => sftp.write(handle, bytes, at, length, at, done));
    }
    await optional(() => session.ask<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done)));
    await session.ask<void>((sftp, done) => sftp.close(handle, done));
  } catch (error) {
    // What was begun must not look like something whole; if the connection is gone it keeps its temporary name.
    await session.ask<void>((sftp, done) => sftp.unlink(path, done)).catch(() => {});
    throw error;
  }
  return 'created';
}

/** The protocol has no code for a name that is taken, and what had it may be gone by the time one looks. */
async function openNew(session: SftpSession, path: string): Promise<Buffer | 'taken'> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await session.ask<Buffer>((sftp, done) => sftp.open(path, 'wx', 0o640, done));
    } catch (error) {
      if (codeOf(error) !== FAILURE) throw error;
      if ((await orIfAbsent(statEntry(session, path), null)) !== null) return 'taken';
      if (tries === MOST_TRIES) throw error;
    }
  }
}

const MOST_TRIES = 10;
const WRITTEN_AT_ONCE = 32 * 1024;

async function move(session: SftpSession, from: string, to: string): Promise<'moved'> {
  const atomic = await optional(() => session.ask<void>((sftp, done) => sftp.ext_openssh_rename(from, to, done)));
  if (atomic) return 'moved';
  // Plain rename of the protocol overwrites nothing, so what is there steps aside first.
  const aside = `${to.slice(0, to.lastIndexOf('/'))}/.replaced-${randomUUID()}`;
  const replaced = await orIfAbsent(
    session.ask<void>((sftp, done) => sftp.rename(to, aside, done)).then(() => true),
    false,
  );
  await session.ask<void>((sftp, done) => sftp.rename(from, to, done));
  if (replaced) await session.ask<void>((sftp, done) => sftp.unlink(aside, done)).catch(() => {});
  return 'moved';
}

/** False where the server does not know the request. */
async function optional(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const unknown = error instanceof Error && /does not support this extended request/i.test(error.message);
    if (unknown || codeOf(error) === UNSUPPORTED) return false;
    throw error;
  }
}

async function orIfAbsent<T, E>(work: Promise<T>, absent: E): Promise<T | E> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === NO_SUCH_FILE) return absent;
    throw error;
  }
}

const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;
const FAILURE = 4;
const UNSUPPORTED = 8;

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function toSystemError(name: string, error: unknown): unknown {
  if (error instanceof SystemError || !(error instanceof Error) || error instanceof TypeError) return error;
  const denied = codeOf(error) === PERMISSION_DENIED;
  const remedy = denied
    ? 'Give this user the right to read, write and rename there.'
    : 'Check that it is there and not full.';
  return new SystemError(denied ? 'auth' : 'down', `${name}: ${error.message}. ${remedy}`, { cause: error });
}
