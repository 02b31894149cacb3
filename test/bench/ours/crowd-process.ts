// Many devices at one server: the stream of each, kept open over a connection of its own, and one that writes.
import { createTrpcTransport } from '@datastores/core';
import { PROTOCOL_VERSION } from '@datastores/core/protocol';
import { answer } from '../answer.ts';
import { type KindName, kindOf, SEED } from '../documents/kinds.ts';
import { type EventStream, openEventStream } from '../live/event-stream.ts';
import { spreadOf } from '../statistics.ts';
import type { ServerAddress } from './open-replica.ts';

/** Streams that are opened at the same time. */
const OPENED_AT_ONCE = 200;

/** Document that is written again and again, and one apart for each write of a mass. */
const MARKED = 0;

let server: ServerAddress;
let datastore: KindName = 'product';
const streams = new Set<EventStream>();
/** Of each write that is waited for: when it was sent, and after how long each stream has told of it. */
const waits = new Map<string, { readonly begun: number; readonly arrived: number[] }>();
let marks = 0;
let edit = 0;

const commands = {
  begin(input: { readonly server: ServerAddress; readonly datastore: KindName }): void {
    server = input.server;
    datastore = input.datastore;
  },

  /** Opens so many streams, and says how long that took, milliseconds. */
  async open({ count, stalled }: { readonly count: number; readonly stalled: boolean }): Promise<number> {
    const begun = performance.now();
    for (let left = count; left > 0; left -= OPENED_AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(left, OPENED_AT_ONCE) }, () => openOne(stalled)));
    }
    return performance.now() - begun;
  },

  /** Writes once every `everyMs`; of `count` writes the times until each stream that is read has told of them. */
  async watch({
    count,
    everyMs,
    readers,
  }: {
    readonly count: number;
    readonly everyMs: number;
    readonly readers: number;
  }) {
    const times: number[] = [];
    for (let write = 0; write < count; write += 1) {
      const next = performance.now() + everyMs;
      marks += 1;
      const mark = `mark-${marks}-`;
      const wait = { begun: performance.now(), arrived: [] as number[] };
      waits.set(mark, wait);
      await push([rowOf(MARKED, mark)]);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      if (write === count - 1) await until(() => wait.arrived.length >= readers);
    }
    for (const { arrived } of waits.values()) times.push(...arrived.splice(0));
    waits.clear();
    return { ...spreadOf(times), arrivals: times.length };
  },

  /** Changes so many documents, `batch` in each push. */
  async change({ count, batch }: { readonly count: number; readonly batch: number }): Promise<void> {
    for (let start = 0; start < count; start += batch) {
      await push(Array.from({ length: Math.min(batch, count - start) }, (_, at) => rowOf(1 + at, `mass-${start}-`)));
    }
  },

  /** So many devices that come back at once: each opens its stream, and pulls. Says when the last one is in step. */
  async comeBack({ count }: { readonly count: number }): Promise<number> {
    const begun = performance.now();
    await Promise.all(Array.from({ length: count }, () => comeBackOne()));
    return performance.now() - begun;
  },

  close(): void {
    for (const stream of streams) stream.close();
    streams.clear();
  },
};

/** What this process can be asked for. */
export type CrowdCommands = typeof commands;

answer(commands);

async function openOne(stalled: boolean): Promise<void> {
  const stream = openEventStream({ server, datastore, heard: stalled ? null : heard });
  streams.add(stream);
  await stream.open;
}

function heard(text: string): void {
  const now = performance.now();
  // A document may hold its mark more than once.
  for (const mark of new Set(text.match(/mark-\d+-/g))) {
    const wait = waits.get(mark);
    wait?.arrived.push(now - wait.begun);
  }
}

async function comeBackOne(): Promise<void> {
  const transport = createTrpcTransport(server);
  const request = { protocol: PROTOCOL_VERSION, datastore, schemaVersion: 0, checkpoint: null };
  await persistently(() => openOne(false));
  await persistently(() => transport.pull({ ...request, maxRows: 50, maxBytes: 100_000 }, AbortSignal.timeout(60_000)));
}

/** As a replica does: what was refused is tried again when the server said, and what broke off after a growing, random time. */
async function persistently(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries > 20) throw error;
      const after = (error as { retryAfterMs?: number }).retryAfterMs ?? 250 * 2 ** Math.min(tries, 5) * Math.random();
      await new Promise((resolve) => setTimeout(resolve, after));
    }
  }
}

function rowOf(at: number, name: string) {
  edit += 1;
  const { make } = kindOf({ datastore, search: false });
  const made = make(SEED, at);
  const doc = { ...made, id: `crowd-${at}`, name };
  return { id: doc.id, base: null, edit, changed: Object.keys(doc).filter((field) => field !== 'id'), was: {}, doc };
}

const transports = new Map<string, ReturnType<typeof createTrpcTransport>>();

async function push(rows: readonly unknown[]): Promise<void> {
  const transport = transports.get(server.url) ?? createTrpcTransport(server);
  transports.set(server.url, transport);
  const header = { protocol: PROTOCOL_VERSION, datastore, schemaVersion: 0, replica: 'crowd-writer', checkpoint: null };
  const answered = await transport.push({ ...header, rows: JSON.stringify(rows) }, AbortSignal.timeout(60_000));
  const refused = answered.kind === 'done' ? answered.outcomes.find(({ is }) => is === 'rejected') : answered;
  if (refused !== undefined) throw new Error(`The push was refused: ${JSON.stringify(refused)}`);
}

async function until(isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isTrue() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}
