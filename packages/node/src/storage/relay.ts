import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Connection } from './connection.ts';
import { createNewsTable, type Moment, type News } from './news.ts';
import type { Changes } from './write.ts';

/**
 * How often a process looks whether another one has written. RxDB repeats a query during which it was told of a change, after
 * 20 ms: with fewer looks nearly every repetition would bring one while another process keeps writing, and queries take far longer.
 */
const LOOK_EVERY_MS = 20;

/** An instance that is to be told what is written to its table. */
export interface Listener {
  readonly docs: string;
  /** Takes the events of one write, in the order of commits. */
  told(bulk: Changes<never>): void;
  /** Returns a step that tells the latest states of some documents written in between, and says whether there are more. */
  missed(after: number, upto: number): () => boolean;
}

/** Carries changes to the instances on one file, from this process and from others, each once and in the order of commits. */
export interface Relay {
  /** Begins to tell an instance what is written from now on. Returns how to stop. */
  join(listener: Listener): () => void;
  /** To be called in a transaction before it writes: what others have committed comes before what it will write. */
  hear(): void;
  /**
   * Tells everybody of writes, in their transaction: others hear of them if, and when, they are committed. To be called also
   * where nothing was written, to tell what was heard before it.
   */
  announce(docs: string, bulks: readonly Changes<never>[]): void;
  /**
   * Reads, and tells what others have committed until then before it returns. A result must not be ahead of the events:
   * RxDB would count a document that is in the result once more when its event comes.
   */
  read<Result>(work: () => Result): Result;
}

const RELAYS = new WeakMap<Database.Database, Relay>();

/** The relay of a connection. While anybody listens it looks every few milliseconds, which costs microseconds. */
export function relayOf(connection: Connection): Relay {
  const relay = RELAYS.get(connection.database) ?? createRelay(connection);
  RELAYS.set(connection.database, relay);
  return relay;
}

function createRelay(connection: Connection): Relay {
  const { database, commits, filename } = connection;
  const sender = randomUUID();
  // A database in memory has no other processes.
  const news = filename === ':memory:' ? null : createNewsTable(connection, sender);
  const listeners = new Set<Listener>();
  let timer: ReturnType<typeof setInterval> | undefined;
  /** Steps that tell something; one that returns true is not done yet. One that throws is tried again. */
  const untold: (() => boolean)[] = [];
  let telling = false;
  let heard: Moment = { news: 0, seq: 0 };

  function hear(): void {
    const entries = news?.since(heard.news) ?? null;
    if (news === null) return;
    if (entries === null) {
      const { seq } = heard;
      heard = news.moment();
      tellMissed({ after: seq, upto: heard.seq });
      return;
    }
    const open = database.inTransaction;
    for (const entry of entries) {
      const own = entry.sender === sender;
      // What this connection has not committed yet may be lost, and its number be given to another.
      if (own && open) continue;
      if (!own) tellEntry(entry, heard.seq);
      heard = { news: entry.seq, seq: Math.max(heard.seq, entry.upto) };
    }
  }

  function tellEntry({ docs, bulk, upto }: News, after: number): void {
    if (![...listeners].some((listener) => listener.docs === docs)) return;
    const events = bulk === null ? null : parsed(bulk);
    if (events === null) tellMissed({ after, upto, docs });
    else tellBulk(docs, events);
  }

  function tellBulk(docs: string, bulk: Changes<never>): void {
    untold.push(() => {
      for (const listener of [...listeners]) if (listener.docs === docs) listener.told(bulk);
      return false;
    });
  }

  function tellMissed({ after, upto, docs }: { after: number; upto: number; docs?: string }): void {
    for (const listener of listeners) {
      if (docs !== undefined && listener.docs !== docs) continue;
      const step = listener.missed(after, upto);
      untold.push(() => listeners.has(listener) && step());
    }
  }

  /** What is heard while somebody is being told waits until it is its turn. */
  function tell(): void {
    if (telling) return;
    telling = true;
    try {
      for (let step = untold[0]; step !== undefined; step = untold[0]) if (!step()) untold.shift();
    } catch {
      // What makes it fail makes the next read or write fail too, and there it is told. The next look goes on with it.
    } finally {
      telling = false;
    }
  }

  function look(): void {
    try {
      hear();
    } catch {
      // As above.
    }
    tell();
  }

  function begin(): void {
    heard = news?.moment() ?? heard;
    if (news !== null) timer = setInterval(look, LOOK_EVERY_MS).unref();
  }

  function end(): void {
    clearInterval(timer);
    untold.length = 0;
  }

  const atOnce = database.transaction(<Result>(work: () => Result): Result => {
    const result = work();
    hear();
    return result;
  });

  return {
    join(listener) {
      if (listeners.size === 0) begin();
      else look();
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) end();
      };
    },
    hear,
    announce(docs, bulks) {
      let last = heard;
      for (const bulk of bulks) if (news !== null) last = { news: news.add(docs, bulk), seq: bulk.checkpoint.seq };
      commits.afterwards(() => {
        // Left for later it may be lost yet.
        if (!database.inTransaction) heard = last;
        for (const bulk of bulks) tellBulk(docs, bulk);
        tell();
      });
    },
    read(work) {
      if (news === null) return work();
      const result = atOnce(work) as ReturnType<typeof work>;
      tell();
      return result;
    },
  };
}

/** Null where the text is damaged. */
function parsed(text: string): Changes<never> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
