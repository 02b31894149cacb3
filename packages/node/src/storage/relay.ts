import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { Connection } from './connection.ts';
import { createNewsTable } from './news.ts';
import type { Changes } from './write.ts';

/** How often a process looks whether another one has written. */
const LOOK_EVERY_MS = 20;

/** An instance that is to be told what others write to its table. */
export interface Listener {
  readonly docs: string;
  /** Takes the events of one write, in the order of commits. */
  told(bulk: Changes<never>): void;
  /** Says that an unknown number of writes was missed. */
  missed(): void;
}

/** Carries changes between the instances on one file, in this process and in others. */
export interface Relay {
  /** Tells the other processes of a write, in its transaction: they hear of it if, and when, it is committed. */
  announce(docs: string, bulk: Changes<never>): void;
  /** Begins to tell an instance what others write from now on. Returns how to stop. */
  join(listener: Listener): () => void;
  /** Tells the other instances of this process on the same table. */
  tell(from: Listener, bulk: Changes<never>): void;
  /** Tells everything that other processes have committed until now. */
  catchUp(): void;
}

const RELAYS = new WeakMap<Database.Database, Relay>();

/** The relay of a connection. While anybody listens it looks every few milliseconds, which costs microseconds. */
export function relayOf(connection: Connection): Relay {
  const relay = RELAYS.get(connection.database) ?? createRelay(connection);
  RELAYS.set(connection.database, relay);
  return relay;
}

function createRelay(connection: Connection): Relay {
  const { database, filename } = connection;
  const sender = randomUUID();
  // A database in memory has no other processes.
  const news = filename === ':memory:' ? null : createNewsTable(connection, sender);
  const listeners = new Set<Listener>();
  // Changes whenever another connection has committed something, at the cost of a look into shared memory.
  const dataVersion = () => Number(database.pragma('data_version', { simple: true }));
  let version = 0;
  let read = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  function catchUp(): void {
    if (news === null || listeners.size === 0 || !database.open || database.inTransaction) return;
    const now = dataVersion();
    if (now === version) return;
    version = now;
    const entries = news.since(read);
    read = entries === null ? news.newest() : read + entries.length;
    if (entries === null) for (const listener of [...listeners]) listener.missed();
    for (const entry of entries ?? []) {
      if (entry.sender === sender) continue;
      const bulk: Changes<never> = JSON.parse(entry.bulk);
      for (const listener of [...listeners]) if (listener.docs === entry.docs) listener.told(bulk);
    }
  }

  return {
    announce: (docs, bulk) => news?.add(docs, bulk),
    catchUp,
    join(listener) {
      if (listeners.size === 0) {
        version = dataVersion();
        read = news?.newest() ?? 0;
        timer = setInterval(lookSafely, LOOK_EVERY_MS);
        timer.unref();
      } else catchUp();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
    tell(from, bulk) {
      for (const listener of [...listeners]) {
        if (listener !== from && listener.docs === from.docs) listener.told(bulk);
      }
    },
  };

  /** What makes a look fail makes the next read or write fail too, and there it is told. */
  function lookSafely(): void {
    try {
      catchUp();
    } catch {
      // Tried again at the next look.
      version = -1;
    }
  }
}
