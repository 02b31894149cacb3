import type { SystemStateDocument } from '@datastores/core/schema';
import type { Backlog } from '../store/receipt.ts';
import type { SystemState } from '../store/system-state.ts';
import { scheduleOf } from './schedule.ts';
import type { EngineStream } from './system-reach.ts';

/** What the document of a system is made from. Times in milliseconds since 1970. */
export interface SystemDocumentCase {
  readonly state: SystemState;
  readonly streams: Iterable<EngineStream>;
  readonly backlog: readonly Backlog[];
  /** What was said last; null: nothing. */
  readonly before: SystemStateDocument | null;
  readonly now: number;
}

/** What replicas are told of a system: nothing of why it fails, which may be nobody's business but the operator's. Pure. */
export function systemDocument({ state, streams, backlog, before, now }: SystemDocumentCase): SystemStateDocument {
  return {
    id: state.system,
    state: STATES[state.state],
    since: state.since,
    streams: [...streams].map((stream) => {
      const { name, binding, memory } = stream;
      // What the last process read is as old as it was then.
      const said = before?.streams.find((one) => one.stream === name && one.datastore === binding.datastore.name);
      const asOf = memory.activity.asOf ?? said?.asOf;
      const withinMs = promiseOf(stream);
      const waits = backlog.find((one) => one.stream === name);
      return {
        stream: name,
        datastore: binding.datastore.name,
        isTold: binding.toRecord !== undefined,
        late: asOf !== undefined && withinMs !== null && now - asOf > withinMs,
        ...(asOf === undefined ? {} : { asOf }),
        ...(withinMs === null ? {} : { withinMs }),
        waiting: waits?.waiting ?? 0,
        dead: waits?.dead ?? 0,
        ...(waits?.oldestAt == null ? {} : { oldestAt: waits.oldestAt }),
      };
    }),
  };
}

const STATES = { unknown: 'unknown', healthy: 'up', down: 'down', 'action-required': 'held' } as const;

/** A reading that takes this long is no reason yet to call a stream late. */
const PATIENCE_MS = 5_000;

/** How old the data of a stream is at most while everything works: one reading may take as long as the pause before it. */
function promiseOf({ binding, stream }: EngineStream): number | null {
  const { pullEveryMs } = scheduleOf(binding, stream, 0);
  return pullEveryMs === null ? null : pullEveryMs + Math.max(pullEveryMs, PATIENCE_MS);
}
