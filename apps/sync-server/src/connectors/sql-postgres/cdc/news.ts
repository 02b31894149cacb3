import { readMessage } from './pgoutput.ts';
import type { LogHandlers } from './replication-client.ts';

/** A stream whose tables are watched. */
export interface Watched {
  readonly stream: string;
  readonly oids: ReadonlySet<number>;
}

/** Which streams have something to read, by the log as it is written. */
export interface News {
  readonly handlers: LogHandlers;
  /** The streams that have news, as soon as one has. Rejects when there will be none any more. */
  next(): Promise<readonly string[]>;
  /** Nothing more will come, for this reason. */
  end(reason: unknown): void;
}

/**
 * Collects news of streams. All have some at first: nobody knows what happened before. A stream that nothing happens to is
 * named too once in a while, so that its slot does not hold back the log of others for ever.
 */
export function createNews(watched: () => readonly Watched[]): News {
  const pending = new Set(watched().map(({ stream }) => stream));
  const toldAt = new Map<string, bigint>();
  /** Tables with changes of the transaction that is being sent: it may have millions of rows. */
  const changed = new Set<number>();
  let ended: { readonly reason: unknown } | null = null;
  let wake = () => {};

  const tell = (streams: Iterable<string>) => {
    for (const stream of streams) pending.add(stream);
    if (pending.size > 0) wake();
  };
  /** A table that is not known here may be a partition that came since. */
  const streamsOf = (oid: number) => {
    const all = watched();
    const known = all.filter(({ oids }) => oids.has(oid));
    return (known.length > 0 ? known : all).map(({ stream }) => stream);
  };

  return {
    handlers: {
      data: (bytes) => {
        const message = readMessage(bytes);
        if (message.is === 'row') changed.add(message.oid);
        else if (message.is === 'truncate') for (const oid of message.oids) changed.add(oid);
        else if (message.is === 'commit') {
          tell([...changed].flatMap(streamsOf));
          changed.clear();
        }
      },
      reached: (lsn) => {
        for (const { stream } of watched()) {
          const told = toldAt.get(stream);
          if (told === undefined || pending.has(stream)) toldAt.set(stream, lsn);
          else if (lsn - told >= QUIET_BYTES) tell([stream]);
        }
      },
    },
    async next() {
      if (pending.size === 0 && ended === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (ended !== null) throw ended.reason;
      const streams = [...pending];
      pending.clear();
      return streams;
    },
    end(reason) {
      ended ??= { reason };
      wake();
    },
  };
}

/** One segment of the log: less is not removed anyway. */
const QUIET_BYTES = 16n * 1024n * 1024n;
