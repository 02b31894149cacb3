import type { Connector, Delivery, Notice } from '../../apps/sync-server/src/connectors/connector.ts';

/** How a delivery was settled. */
export type Settled = 'ack' | 'refuse' | { readonly nackAfterMs: number | undefined };

/** The feed of a broker within this process, which a test cuts and fills. */
export interface Feed {
  readonly listen: NonNullable<Connector['listen']>;
  /** Hands over one delivery, once something listens, and tells how it was settled first. */
  deliver(notices: readonly Notice[], options?: DeliverOptions): Promise<Settled>;
  /** Ends the running connection with an error. */
  cut(error: Error): void;
  /** How often somebody connected. */
  readonly connections: number;
}

/** What is special about a delivery. */
export interface DeliverOptions {
  readonly unreadable?: string;
  /** Called in place of a working acknowledgement. */
  readonly onAck?: () => Promise<void> | void;
}

/** Makes a feed that nothing waits in. */
export function createFeed(): Feed {
  const waiting: Delivery[] = [];
  let wake = () => {};
  let failure: Error | null = null;
  let connections = 0;
  return {
    get connections() {
      return connections;
    },
    async *listen({ signal }) {
      connections += 1;
      failure = null;
      yield { notices: [], ack: nothing, nack: nothing, refuse: nothing };
      while (!signal.aborted) {
        if (failure !== null) throw failure;
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
      }
    },
    deliver: (notices, { unreadable, onAck } = {}) =>
      new Promise((resolve) => {
        waiting.push({
          notices,
          ...(unreadable !== undefined && { unreadable }),
          ack: async () => {
            await onAck?.();
            resolve('ack');
          },
          nack: async (nackAfterMs) => resolve({ nackAfterMs }),
          refuse: async () => resolve('refuse'),
        });
        wake();
      }),
    cut(error) {
      failure = error;
      wake();
    },
  };
}

async function nothing(): Promise<void> {}
