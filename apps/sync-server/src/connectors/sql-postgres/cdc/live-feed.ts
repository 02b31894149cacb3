import { randomBytes } from 'node:crypto';
import { type Context, type Delivery, SystemError } from '../../connector.ts';
import { toSystemError } from '../../sql/failure.ts';
import { classifyFailure } from '../failure.ts';
import type { ParsedOptions } from '../options.ts';
import { createNews, type News, type Watched } from './news.ts';
import type { OpenSlot } from './open-slot.ts';
import { connectReplication } from './replication-client.ts';

/** Hears of changes at once. */
export interface LiveFeed {
  /** Told of the slot of a stream that is being read: from then on the stream is listened to. */
  looked(slot: OpenSlot): void;
  /**
   * Says which streams have news as soon as a transaction commits. A hint alone: what changed is read by `changes`, and so
   * is what was missed while there was no connection. Throws SystemError when the connection ends.
   */
  listen(context: Context): AsyncIterable<Delivery>;
  /** Ends every listening. */
  close(): void;
}

/** A feed over a replication connection with a slot of its own, which is gone with it. Connects when it is listened to. */
export function createLiveFeed(options: ParsedOptions): LiveFeed {
  const streams = new Map<string, Watched & { readonly publication: string }>();
  const closed = new AbortController();
  let added = () => {};

  async function* listen(context: Context): AsyncGenerator<Delivery> {
    const signal = AbortSignal.any([context.signal, closed.signal]);
    try {
      while (!signal.aborted) {
        // A publication must be there before the slot that tells of it.
        if (streams.size === 0) await once(signal);
        if (!signal.aborted) yield* session(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw toSystemError(classifyFailure, 'PostgreSQL', error);
    }
  }

  /** One connection, until there is a further stream to be listened to. */
  async function* session(signal: AbortSignal): AsyncGenerator<Delivery> {
    const news = createNews(() => [...streams.values()]);
    const names = [...streams.values()].map(({ publication }) => publication);
    const client = await connectReplication(options);
    const close = () => void client.close().catch(() => {});
    added = () => news.end(FURTHER);
    signal.addEventListener('abort', close, { once: true });
    try {
      if (signal.aborted) return;
      const slot = `datastores_live_${randomBytes(8).toString('hex')}`;
      // Temporary: nothing is kept for a server that does not come back.
      await client.command(`CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
      follow(client.follow(startCommand(slot, names), news.handlers), news);
      yield deliveryOf([]);
      for (;;) yield deliveryOf(await news.next());
    } catch (error) {
      if (error !== FURTHER) throw error;
    } finally {
      added = () => {};
      signal.removeEventListener('abort', close);
      close();
    }
  }

  function once(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      added = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  return {
    looked({ names, state }) {
      const { stream, publication } = names;
      const known = streams.has(stream);
      streams.set(stream, { stream, publication, oids: new Set(state.sources.map(({ oid }) => oid)) });
      if (!known) added();
    },
    listen,
    close: () => closed.abort(),
  };
}

/** Ends the news with what is followed. */
function follow(followed: Promise<void>, news: News): void {
  followed.then(
    () => news.end(new SystemError('down', 'PostgreSQL: the replication connection has ended. Tried again by itself.')),
    (error: unknown) => news.end(error),
  );
}

function startCommand(slot: string, publications: readonly string[]): string {
  const names = publications.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
  return `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '${names.replaceAll("'", "''")}')`;
}

function deliveryOf(streams: readonly string[]): Delivery {
  const done = () => Promise.resolve();
  const notices = streams.map((stream) => ({ id: null, stream, keys: [], pull: true as const }));
  return { notices, ack: done, nack: done, refuse: done };
}

const FURTHER = Symbol('a further stream');
