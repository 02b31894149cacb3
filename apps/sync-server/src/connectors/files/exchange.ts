import { join, resolve } from 'node:path';
import { type Context, SystemError } from '../connector.ts';
import { HeldBack } from './apply-file.ts';
import type { Folder } from './folder.ts';
import { createIndexReader, type IndexReader } from './index-reader.ts';
import { openIndexFile } from './index-tables.ts';
import { createIndexWriter, type IndexWriter } from './index-writer.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type HeldLock, withLock } from './lock.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';
import { readNewFiles } from './read-new-files.ts';
import { readyAcks, readyRecords } from './ready-files.ts';
import { replayJournal } from './replay-journal.ts';
import { clearSpool } from './spool.ts';

/** The files of one stream, and what is known from them. */
export interface Exchange {
  readonly options: ParsedOptions;
  readonly name: string;
  readonly stream: StreamOptions;
  readonly folder: Folder;
  readonly layout: Layout;
  /** What is known from whole files. */
  readonly reader: IndexReader;
  /** Reads what is new, then no other server reads or writes while `work` runs. */
  exclusively<T>(context: Context, work: (step: Step) => Promise<T>): Promise<T>;
  /** Looks whether the folder is there and can be used. */
  check(context: Context): Promise<void>;
  /** Reads what is new. Throws SystemError; what was read before stays known. */
  refresh(context: Context): Promise<void>;
  close(): Promise<void>;
}

/** One piece of work under the lock of the stream. */
export interface Step {
  readonly exchange: Omit<Exchange, 'exclusively' | 'refresh' | 'check' | 'close'>;
  readonly context: Context;
  readonly lock: HeldLock;
  readonly writer: IndexWriter;
  /** Sees what the transaction that is open has written. */
  readonly inside: IndexReader;
  readonly stateFolder: string;
  /** Number of the last file of all. */
  last: number;
}

/** Opens nothing before the first call. */
export function createExchange(options: ParsedOptions, name: string, folder: Folder): Exchange | null {
  const stream = options.streams[name];
  if (!stream) return null;
  const layout = layoutOf(options, name);
  const stateFolder = join(resolve(options.state), name);
  const ready = { records: readyRecords(stream), acks: readyAcks(stream) };
  const closing = new AbortController();
  let opened: ReturnType<typeof open> | null = null;
  const open = () => {
    const file = openIndexFile(join(stateFolder, 'index.sqlite'));
    const wholeFiles = stream.inbox?.full !== undefined;
    return {
      file,
      reader: createIndexReader(file.reading),
      inside: createIndexReader(file.writing),
      writer: createIndexWriter(file.writing, wholeFiles),
      prepared: false,
      recovered: false,
    };
  };
  const index = () => {
    if (closing.signal.aborted) throw new SystemError('down', 'The connector is closed.');
    opened ??= open();
    return opened;
  };
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };

  const about = {
    options,
    name,
    stream,
    folder,
    layout,
    get reader() {
      return index().reader;
    },
  };

  const underLock = async <T>(context: Context, work: (step: Step) => Promise<T>): Promise<T> => {
    const { writer, inside } = index();
    const lock = { path: layout.lock, timeoutMs: options.lockTimeoutMs, signal: closing.signal };
    return withLock(folder, lock, async (held) => {
      const step: Step = { exchange: about, context, lock: held, writer, inside, stateFolder, last: 0 };
      await replayJournal(step, { recover: !index().recovered });
      index().recovered = true;
      return work(step);
    });
  };
  const identify = async () => {
    const known = index();
    if (!known.prepared) {
      await clearSpool(stateFolder);
      const { inbox, outbox, ack, done, failed, sent } = layout;
      const needed = [
        ...(stream.inbox ? [inbox] : []),
        ...(stream.outbox ? [outbox] : []),
        ...(stream.ack ? [ack] : []),
      ];
      await requireIdentity(about, known.writer);
      for (const path of [...needed, done, failed, sent]) await folder.makeFolder(path);
      known.prepared = true;
    } else await requireIdentity(about, known.writer);
  };
  const look = async (context: Context) => {
    const [entries, acks] = await Promise.all([
      ready.records ? folder.list(layout.inbox) : [],
      ready.acks ? folder.list(layout.ack) : [],
    ]);
    return [
      ...(ready.records?.pick(entries, context) ?? []).map((file) => ({ ...file, folder: layout.inbox })),
      // Behind the records: a word that came with an acknowledgement may be older than what is acknowledged.
      ...(ready.acks?.pick(acks, context) ?? []).map((file) => ({ ...file, folder: layout.ack })),
    ];
  };
  const readAll = async (context: Context) => {
    await identify();
    const { reader, writer } = index();
    const [files, head] = [await look(context), Number((await folder.readText(layout.head)) ?? 0)];
    if (files.length > 0 || head > reader.lastEntry()) {
      await underLock(context, (step) => readNewFiles(step, files));
    }
    const before = context.now() - stream.settleMs;
    if (reader.hasLate(before)) await writer.commit(async () => writer.expire(before));
  };
  let next: Promise<void> | null = null;
  const refresh = (context: Context): Promise<void> => {
    // A reading that has begun may have missed what was dropped since; all who wait share the next one.
    next ??= inTurn(() => {
      next = null;
      return readAll(context);
    });
    return cancellable(next, context.signal);
  };
  return {
    ...about,
    get reader() {
      return index().reader;
    },
    refresh,
    async check(context) {
      throwIfAborted(context.signal);
      await cancellable(inTurn(identify), context.signal);
      if (stream.inbox) await folder.list(layout.inbox);
    },
    exclusively: (context, work) =>
      cancellable(
        inTurn(async () => {
          throwIfAborted(context.signal);
          await identify();
          return underLock(context, async (step) => {
            // A file that waits for a person holds back what is read, not what is written.
            await readNewFiles(step, await look(context)).catch(unlessHeldBack);
            throwIfAborted(context.signal);
            return work(step);
          });
        }),
        context.signal,
      ),
    async close() {
      closing.abort();
      await queue;
      opened?.file.close();
      opened = null;
    },
  };
}

async function requireIdentity(
  { folder, layout, reader, name }: Pick<Exchange, 'folder' | 'layout' | 'reader' | 'name'>,
  writer: IndexWriter,
): Promise<void> {
  const known = reader.exchange();
  let found = await folder.readText(layout.identity);
  if (found === null && known !== null) {
    const message = `The exchange folder is not the one that ${name} was read from: ${layout.identity} is missing. Is it mounted?`;
    throw new SystemError('down', message);
  }
  if (found === null) {
    await folder.create(layout.identity, crypto.randomUUID());
    found = await folder.readText(layout.identity);
  }
  if (known === found || found === null) return;
  if (known === null) return writer.commit(async () => writer.setExchange(found));
  throw new SystemError(
    'shape',
    `The index of ${name} belongs to another exchange folder. Give each its own state folder.`,
  );
}

function unlessHeldBack(error: unknown): void {
  if (!(error instanceof HeldBack)) throw error;
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new SystemError('down', 'The call was cancelled.');
}

/** The work goes on for the next call to find: a large file takes longer than one call may. */
function cancellable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new SystemError('down', 'The call was cancelled; files are still being read.'));
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
