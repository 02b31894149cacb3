import { DatastoreError, type Transport } from '@datastores/core';
import {
  type Caller,
  changesRequestSchema,
  digestRequestSchema,
  digestResponseSchema,
  type Poke,
  PROTOCOL_VERSION,
  pokeSchema,
  pullRequestSchema,
  pullResponseSchema,
  pushRequestSchema,
  pushResponseSchema,
  type ReplicationService,
} from '@datastores/core/protocol';

/** What the line between one replica and the server does at the moment. */
export interface Line {
  /** False: nothing gets through in either direction, and open streams end. */
  up: boolean;
  /** The next so many pushes are applied by the server, but their answers are lost. */
  losePushAnswers: number;
  /** True: a copy of each push is kept, as if something on the way had held it back; see {@link Line.deliverLate}. */
  keepPushes: boolean;
  /** The next so many pushes do not reach the server, but are kept on the way. */
  holdPushes: number;
  /** Delivers one of the kept pushes, counted from the newest, whatever the line does; nobody gets the answer. */
  deliverLate: (back?: number) => Promise<void>;
  /** Called before each request is sent. */
  before: (kind: 'pull' | 'push' | 'digest') => Promise<void> | void;
  readonly requests: { pull: number; push: number; digest: number };
  /** Bytes of all requests and answers so far, pokes apart. */
  readonly traffic: () => number;
  /** Pokes that came out of the line so far. */
  readonly pokes: readonly Poke[];
  /** What becomes of a poke on the way: it may be delivered at once, later, twice, or never. */
  poke: (poke: Poke, deliver: (poke: Poke) => void) => void;
}

/** A transport straight into a service of this process, over a line that can fail. Every message passes its schema and JSON. */
export function lineTo(
  service: ReplicationService,
  caller: Caller,
): { readonly line: Line; readonly transport: Transport } {
  const streams = new Set<() => void>();
  const kept: unknown[] = [];
  const pokes: Poke[] = [];
  let up = true;
  let traffic = 0;
  const carried = (request: unknown, answer: unknown) => {
    traffic += Buffer.byteLength(JSON.stringify(request)) + Buffer.byteLength(JSON.stringify(answer));
  };
  const line: Line = {
    losePushAnswers: 0,
    keepPushes: false,
    holdPushes: 0,
    async deliverLate(back = 0) {
      if (kept.length === 0) return;
      await service.push(pushRequestSchema.parse(kept[kept.length - 1 - (back % kept.length)]), caller);
    },
    before: () => {},
    requests: { pull: 0, push: 0, digest: 0 },
    traffic: () => traffic,
    pokes,
    poke: (poke, deliver) => deliver(poke),
    get up() {
      return up;
    },
    set up(value) {
      up = value;
      if (!up) for (const end of streams) end();
    },
  };
  const cut = () => new DatastoreError('SERVER_UNREACHABLE', 'The line is cut.');
  const send = async (kind: 'pull' | 'push' | 'digest') => {
    line.requests[kind] += 1;
    await line.before(kind);
    if (!up) throw cut();
  };
  const transport: Transport = {
    info: () => service.info(),
    async pull(request) {
      await send('pull');
      const answer = await service.pull(pullRequestSchema.parse(overTheWire(request)), caller);
      if (!up) throw cut();
      carried(request, answer);
      return pullResponseSchema.parse(overTheWire(answer));
    },
    async push(request) {
      await send('push');
      if (line.keepPushes || line.holdPushes > 0) kept.push(overTheWire(request));
      if (line.holdPushes > 0) {
        line.holdPushes -= 1;
        throw cut();
      }
      const answer = await service.push(pushRequestSchema.parse(overTheWire(request)), caller);
      if (line.losePushAnswers > 0) {
        line.losePushAnswers -= 1;
        throw cut();
      }
      if (!up) throw cut();
      carried(request, answer);
      return pushResponseSchema.parse(overTheWire(answer));
    },
    async digest(request) {
      await send('digest');
      const answer = await service.digest(digestRequestSchema.parse(overTheWire(request)), caller);
      if (!up) throw cut();
      carried(request, answer);
      return digestResponseSchema.parse(overTheWire(answer));
    },
    changes(wanted, listener) {
      const abort = new AbortController();
      const end = (error: Error | null) => {
        if (abort.signal.aborted) return;
        abort.abort();
        streams.delete(endOfLine);
        listener.ended(error);
      };
      const endOfLine = () => end(cut());
      streams.add(endOfLine);
      void (async () => {
        if (!up) return end(cut());
        const request = changesRequestSchema.parse(overTheWire({ ...wanted, protocol: PROTOCOL_VERSION }));
        for await (const poke of service.changes(request, caller, abort.signal)) {
          line.poke(pokeSchema.parse(overTheWire(poke)), (delivered) => {
            if (abort.signal.aborted) return;
            pokes.push(delivered);
            listener.poke(delivered);
          });
        }
        end(null);
      })().catch((error: unknown) => end(error instanceof Error ? error : new Error(String(error))));
      return {
        close: () => {
          streams.delete(endOfLine);
          abort.abort();
        },
      };
    },
  };
  return { line, transport };
}

function overTheWire<T>(message: T): T {
  return JSON.parse(JSON.stringify(message)) as T;
}
