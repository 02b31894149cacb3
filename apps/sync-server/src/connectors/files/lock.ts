import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { SystemError } from '../connector.ts';
import type { Folder } from './folder.ts';

/** The right to read and write the files of a stream, held by one server at a time. */
export interface HeldLock {
  /** Throws SystemError `down` if another server has taken the lock over, for example after this one was suspended. */
  require(): Promise<void>;
}

/** How the lock is held. */
export interface LockOptions {
  readonly path: string;
  /** A lock that did not change for this long is taken over. */
  readonly timeoutMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Runs `work` while no other server does the like. Waits for the lock, and takes over one whose owner is gone. */
export async function withLock<T>(
  folder: Folder,
  options: LockOptions,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const owner = randomUUID();
  await acquire(folder, options, owner).catch((error: unknown) => {
    // The answer may have been lost, and not the lock.
    abandoned.add(owner);
    throw error;
  });
  const stopBeating = beat(folder, options, owner);
  try {
    return await work({ require: () => requireOwner(folder, options.path, owner) });
  } finally {
    await stopBeating();
    // Where the connection is gone the lock stays, and this process may take it away the next time.
    await release(folder, options.path, owner).catch(() => abandoned.add(owner));
  }
}

async function acquire(folder: Folder, { path, timeoutMs, signal }: LockOptions, owner: string): Promise<void> {
  const begun = performance.now();
  let [seen, since]: [string | null, number] = [null, begun];
  for (let wait = 5; ; wait = Math.min(wait * 1.5, 500)) {
    if (signal.aborted) throw new SystemError('down', 'The call was cancelled.');
    if ((await folder.create(path, contentOf(owner, 0))) === 'created') return;
    const now = performance.now();
    const content = await folder.readText(path);
    if (content !== seen) [seen, since] = [content, now];
    if (content !== null && (now - since > patience(content, timeoutMs) || isOrphan(content))) {
      abandoned.delete(ownerOf(content));
      await takeAway(folder, path, content);
      continue;
    }
    if (now - begun > 3 * timeoutMs) {
      throw new SystemError('down', `Another server works with these files (${path}). Tried again by itself.`);
    }
    await setTimeout(wait * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
  }
}

/** A lock without content is one whose owner was cut off between two requests. */
function patience(content: string, timeoutMs: number): number {
  return content === '' ? Math.min(EMPTY_MS, timeoutMs) : timeoutMs;
}

const EMPTY_MS = 5_000;

/** Of several servers that find the same old lock one alone moves it; a lock that is new by then is put back. */
async function takeAway(folder: Folder, path: string, old: string): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  if ((await folder.move(path, aside)) === 'gone') return;
  const moved = await folder.readText(aside);
  if (moved !== null && moved !== old) await folder.create(path, moved);
  await folder.remove(aside);
}

/** Shows that the owner lives. */
function beat(folder: Folder, { path, timeoutMs }: LockOptions, owner: string): () => Promise<void> {
  let [count, running]: [number, Promise<void>] = [0, Promise.resolve()];
  const once = async () => {
    count += 1;
    if ((await folder.readText(path))?.startsWith(owner) !== true) return;
    const fresh = `${path}-${randomUUID()}`;
    await folder.create(fresh, contentOf(owner, count));
    await folder.move(fresh, path);
  };
  const timer = setInterval(() => {
    running = once().catch(() => {});
  }, timeoutMs / 4);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

async function requireOwner(folder: Folder, path: string, owner: string): Promise<void> {
  if ((await folder.readText(path))?.startsWith(owner) === true) return;
  throw new SystemError(
    'down',
    `Another server has taken over ${path}. Nothing more was moved; tried again by itself.`,
  );
}

async function release(folder: Folder, path: string, owner: string): Promise<void> {
  if ((await folder.readText(path))?.startsWith(owner) === true) await folder.remove(path);
}

function contentOf(owner: string, count: number): string {
  return `${owner} ${process.pid} ${MACHINE} ${count}`;
}

/** True if the owner was a process of this machine that is no more, or this one, which could not give it back. */
function isOrphan(content: string): boolean {
  if (abandoned.has(ownerOf(content))) return true;
  const [, pid, machine] = content.split(' ');
  if (machine !== MACHINE || MACHINE === UNKNOWN || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function ownerOf(content: string): string {
  return content.split(' ')[0] ?? '';
}

/** Owners of locks that are held no more and could not be removed. */
const abandoned = new Set<string>();
const UNKNOWN = '-';
const MACHINE = nameMachine();

/** Process ids mean something within one set of processes only, which is smaller than a machine in containers. */
function nameMachine(): string {
  try {
    return `${hostname()}/${readlinkSync('/proc/self/ns/pid')}`.replaceAll(' ', '_');
  } catch {
    return UNKNOWN;
  }
}
