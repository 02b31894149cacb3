import type { ChangesRequest, Poke } from './changes.ts';
import type { DigestRequest, DigestResponse } from './digest.ts';
import type { ServerInfo } from './info.ts';
import type { NoteRequest, NoteResponse } from './note.ts';
import type { PullRequest, PullResponse } from './pull.ts';
import type { PushRequest, PushResponse } from './push.ts';

/** Who asks, as proven by the token. What a caller may see and write follows from this and the stored row, never from the body. */
export interface Caller {
  /** Stable id of the user or device. */
  readonly subject: string;
  /** Scopes the caller may read and write; new documents go to the first. */
  readonly scopes: readonly string[];
  /** What the caller is, for the access rules of a server. Default: nothing in particular. */
  readonly roles?: readonly string[];
  /** The other claims of its token, for the same. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** When the token ends, in milliseconds since 1970; a stream ends with it. */
  readonly expiresAt: number | null;
}

/** What a sync server offers to replicas. Every method throws DatastoreError only. */
export interface ReplicationService {
  info(): Promise<ServerInfo>;
  pull(request: PullRequest, caller: Caller): Promise<PullResponse>;
  push(request: PushRequest, caller: Caller): Promise<PushResponse>;
  /** What this server holds, summed up, for a replica to compare with what it holds itself. */
  digest(request: DigestRequest, caller: Caller): Promise<DigestResponse>;
  /** Remembers what a replica has not pushed, and tells of the other replicas of the caller. */
  note(request: NoteRequest, caller: Caller): Promise<NoteResponse>;
  /** Pokes until the signal aborts or the caller's token ends. The first one comes at once and says where the feed stands. */
  changes(request: ChangesRequest, caller: Caller, signal: AbortSignal): AsyncIterable<Poke>;
}
