import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDatastoreError } from '@datastores/core';
import { type Observable, Subject } from 'rxjs';
import { describeDemo } from './box.ts';
import { createBusiness } from './business.ts';
import { waitForFirstSync } from './first-sync.ts';
import { findFreePorts } from './free-ports.ts';
import { createLiveLines } from './live-lines.ts';
import { type DemoCommand, parseCommand, USAGE } from './options.ts';
import { createProgress } from './progress.ts';
import { createRandom } from './seed/random.ts';
import { type Demo, startDemo } from './start-demo.ts';
import type { Counts, WorkerMessage } from './worker-message.ts';
import { startWorkerProcess } from './worker-process.ts';

const STALLED_AFTER_MS = 60_000;
const BUSINESS_EVERY_MS = 4_000;
const PORTS_NEEDED = 7;

/** Runs the demo until it is interrupted. Resolves with the exit code of the process. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    console.log('\nStopping; once more ends at once.');
    stop.abort(new Stopped());
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const command = parseCommand(args);
    if (command === null) {
      console.log(USAGE);
      return 0;
    }
    return await run(command, stop.signal);
  } catch (error) {
    if (error instanceof Stopped || stop.signal.aborted) return 0;
    if (!isExpected(error)) throw error;
    console.error(`\n${error.message}`);
    if (isDatastoreError(error) && error.code === 'STORE_UNAVAILABLE') {
      console.error('The data of the demo can be made again: npm start -- --reset');
    }
    return 1;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** The user asked for the end. */
class Stopped extends Error {}

/** Something went wrong that the message explains. */
class DemoFailure extends Error {}

type Closers = (() => Promise<void>)[];

async function run(command: DemoCommand, signal: AbortSignal): Promise<number> {
  const closers: Closers = [];
  try {
    return await runOpen(command, { signal, closers });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Running {
  readonly signal: AbortSignal;
  /** Filled with what must be closed, in the order in which it was opened. */
  readonly closers: Closers;
}

async function runOpen(command: DemoCommand, { signal, closers }: Running): Promise<number> {
  if (command.reset) await rm(command.data, { recursive: true, force: true });
  const ports = await findFreePorts(command.port, PORTS_NEEDED);
  if (ports[0] !== command.port) console.log(`Port ${command.port} is taken; the server uses ${ports[0]}.`);
  console.log('Starting the sync server and five business systems …');
  const demo = await startDemo({ folder: command.data, ports });
  closers.push(demo.close);

  const received = new Subject<WorkerMessage>();
  const worker = startWorkerProcess({
    folder: join(command.data, 'worker'),
    url: `${demo.url}/trpc`,
    token: demo.token,
    onMessage: (message) => received.next(message),
  });
  closers.push(worker.close);
  const broken = Promise.race([worker.failed.then(fail), aborted(signal)]);
  broken.catch(() => undefined);

  console.log('First sync of the worker:');
  await Promise.race([broken, firstSync(demo, received, signal)]);
  if (command.once) return 0;

  console.log(`\n${await describeDemo(demo)}\n`);
  const lines = createLiveLines(demo, console.log);
  closers.push(lines.close);
  received.subscribe(lines.show);
  if (command.business) {
    const random = createRandom(Date.now());
    closers.push(createBusiness(demo.systems, { everyMs: BUSINESS_EVERY_MS, random }).close);
  }
  return broken;
}

async function firstSync(demo: Demo, received: Observable<WorkerMessage>, signal: AbortSignal): Promise<void> {
  let counts: Counts = { product: 0, customer: 0, inventory: 0, order: 0 };
  const subscription = received.subscribe((message) => {
    if (message.kind === 'state') counts = message.counts;
  });
  const progress = createProgress(process.stdout);
  const startedAt = Date.now();
  try {
    const missing = await waitForFirstSync(demo, {
      signal,
      counts: () => counts,
      onProgress: progress.update,
      stalledAfterMs: STALLED_AFTER_MS,
    });
    if (missing !== null) fail(`The first sync does not get on: ${missing}. See ${demo.statusCommand}`);
  } finally {
    progress.close();
    subscription.unsubscribe();
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`All ${total} documents are there after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function fail(message: string): never {
  throw new DemoFailure(message);
}

function isExpected(error: unknown): error is Error {
  const isArgument = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return isArgument || error instanceof RangeError || error instanceof DemoFailure || isDatastoreError(error);
}
