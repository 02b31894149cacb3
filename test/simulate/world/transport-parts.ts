import type { Caller, PullResponse, PushResponse, ReplicationService } from '@datastores/core/protocol';
import type { Process, Scheduler } from '../virtual/scheduler.ts';
import type { Line } from './line.ts';

/** Where a replica's requests go. */
export interface ServerSide {
  /** The process that serves at the moment; null where there is none. */
  process(): Process | null;
  service(): ReplicationService;
  /** Who the token of the replica stands for now. */
  caller(): Caller;
}

/** What is told of the messages of a transport. */
export interface Watcher {
  message(what: string, text: string): void;
  /** The answer to a pull or a push has arrived. */
  arrived(device: string, datastore: string, answer: PullResponse | PushResponse): void;
  answered(kind: 'pull' | 'push' | 'poke', caller: Caller, answer: unknown): void;
}

/** What a transport works with. */
export interface TransportParts {
  readonly device: Process;
  readonly line: Line;
  readonly scheduler: Scheduler;
  readonly server: ServerSide;
  readonly watcher: Watcher;
  /** How to break off each stream that is open. */
  readonly streams: Set<() => void>;
}
