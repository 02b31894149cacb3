import { SystemError } from '../connectors/connector.ts';
import type { OutboxRow } from '../store/outbox.ts';
import { pushRows } from './push.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** Which streams are due, and what to do with a stream whose connector or mapping has a bug. */
export interface PushCycle {
  /** True if a stream is to be pushed now, given how many of its rows wait. */
  readonly isDue: (stream: EngineStream, waiting: number) => boolean;
  readonly onBug: (stream: EngineStream, error: unknown) => void;
}

/** Rows read at once. */
const HEADS = 500;

/** Rows that failed this often go alone: one that breaks its whole batch must not take the others with it. */
const SUSPECT_ATTEMPTS = 2;

/** After so many rounds other work of the system has its turn, however fast new changes come. */
const MAX_ROUNDS = 20;

/** Pushes what is due until nothing is. False if more is left for the next cycle. Throws the SystemError that ended it. */
export async function pushDue(reach: SystemReach, cycle: PushCycle): Promise<boolean> {
  await recoverSent(reach);
  const broken = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const batches = await dueBatches(reach, cycle, broken);
    if (batches.length === 0) return true;
    await pushTogether(reach, batches, { cycle, broken });
  }
  return false;
}

interface Pushing {
  readonly cycle: PushCycle;
  /** Streams whose connector or mapping has failed: nothing more of them is sent in this cycle. */
  readonly broken: Set<string>;
}

/**
 * Sends batches, so many at the same time as the system takes; the next as soon as one has ended. No lane is in two of
 * them, so the writes of one document stay in order. After a failure of the system no further one is begun.
 */
async function pushTogether(reach: SystemReach, batches: readonly Batch[], { cycle, broken }: Pushing): Promise<void> {
  const left = [...batches];
  const failures: SystemError[] = [];
  const sendOnes = async () => {
    for (let batch = left.shift(); batch !== undefined; batch = left.shift()) {
      if (failures.length > 0 || reach.signal.aborted) return;
      const { stream, rows } = batch;
      if (broken.has(stream.name)) continue;
      try {
        await pushRows(reach, stream, rows);
      } catch (error) {
        if (error instanceof SystemError) failures.push(error);
        else {
          broken.add(stream.name);
          cycle.onBug(stream, error);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, reach.concurrency) }, sendOnes));
  reach.signal.throwIfAborted();
  const [failed] = failures;
  if (failed !== undefined) throw failed;
}

/** Asks for all writes of a stream whose outcome is unknown, without waiting for their next attempt. */
export async function settleUnknown(reach: SystemReach, stream: EngineStream): Promise<void> {
  if (stream.memory.creates.pending.size === 0) return;
  await recoverSent(reach);
  const heads = await reach.store.outboxHeads(reach.system, { now: Number.MAX_SAFE_INTEGER, limit: MANY_HEADS });
  const unknown = heads.filter((row) => row.stream === stream.name && row.state === 'unknown');
  for (const rows of chunks(unknown, stream.stream.traits.batch.max)) await pushRows(reach, stream, rows);
}

/** Nothing is under way between two jobs, so a row that is still sent then was never settled. */
async function recoverSent({ store, system, memory }: SystemReach): Promise<void> {
  if (!memory.leftSent) return;
  await store.outboxRecover(system);
  memory.leftSent = false;
}

/** More than can be waiting in a sane system; a bound all the same. */
export const MANY_HEADS = 100_000;

interface Batch {
  readonly stream: EngineStream;
  readonly rows: readonly OutboxRow[];
}

async function dueBatches(
  { store, system, clock, streams }: SystemReach,
  cycle: PushCycle,
  broken: ReadonlySet<string>,
): Promise<readonly Batch[]> {
  // Rows of streams that are not due may fill the first page; those behind them must not starve.
  for (let limit = HEADS; ; limit *= 10) {
    const heads = await store.outboxHeads(system, { now: clock.now(), limit });
    const batches = [...byStream(heads)].flatMap(([name, rows]) => {
      const stream = streams.get(name);
      if (stream === undefined || broken.has(name) || !cycle.isDue(stream, rows.length)) return [];
      const fresh = rows.filter(({ attempts }) => attempts < SUSPECT_ATTEMPTS);
      const suspect = rows.filter(({ attempts }) => attempts >= SUSPECT_ATTEMPTS).map((row) => [row]);
      return [...chunks(fresh, stream.stream.traits.batch.max), ...suspect].map((part) => ({ stream, rows: part }));
    });
    const seen = new Set(heads.map(({ stream }) => stream));
    const others = [...streams.values()].some(
      (stream) => !broken.has(stream.name) && (cycle.isDue(stream, MANY_HEADS) || !seen.has(stream.name)),
    );
    // Where no stream would be due however many rows waited, there is nothing to look for behind these.
    if (batches.length > 0 || heads.length < limit || limit >= MANY_HEADS || !others) return batches;
  }
}

function byStream(rows: readonly OutboxRow[]): ReadonlyMap<string, readonly OutboxRow[]> {
  const groups = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const group = groups.get(row.stream);
    if (group === undefined) groups.set(row.stream, [row]);
    else group.push(row);
  }
  return groups;
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  const parts: T[][] = [];
  const step = Math.max(1, size);
  for (let start = 0; start < list.length; start += step) parts.push(list.slice(start, start + step));
  return parts;
}
