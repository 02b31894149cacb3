import type { Caller, PushRequest, PushResponse, ReplicationService } from '@datastores/core/protocol';
import type { Process, Scheduler } from '../virtual/scheduler.ts';
import type { Arrangement } from './arrange.ts';
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
  /** The server has answered a push; the answer may still get lost. */
  pushed(request: PushRequest, answer: PushResponse): void;
  answered(kind: 'pull' | 'push' | 'digest' | 'poke', caller: Caller, answer: unknown): void;
}

/** What a transport works with. */
export interface TransportParts {
  readonly device: Process;
  readonly line: Line;
  readonly scheduler: Scheduler;
  readonly server: ServerSide;
  readonly watcher: Watcher;
  readonly arrangement: Arrangement;
  /** How to break off each stream that is open. */
  readonly streams: Set<() => void>;
}
