import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import type { BoundStream } from './bound-stream.ts';
import type { Calls } from './calls.ts';
import type { StreamMemory, SystemMemory } from './memory.ts';

/** Everything that a step of the engine may reach while it works on one system. */
export interface SystemReach {
  readonly system: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly calls: Calls;
  /** Bindings of this system. */
  readonly bindings: readonly Binding[];
  readonly streams: ReadonlyMap<string, EngineStream>;
  readonly memory: SystemMemory;
  /** Most batches handed to the connector at the same time. */
  readonly concurrency: number;
  /** Aborts when the engine closes. */
  readonly signal: AbortSignal;
}

/** A bound stream and what is remembered of it. */
export interface EngineStream extends BoundStream {
  readonly name: string;
  readonly memory: StreamMemory;
}
