import type { ChangesRequest, Poke } from '../protocol/changes.ts';
import type { DigestRequest, DigestResponse } from '../protocol/digest.ts';
import type { ServerInfo } from '../protocol/info.ts';
import type { NoteRequest, NoteResponse } from '../protocol/note.ts';
import type { PullRequest, PullResponse } from '../protocol/pull.ts';
import type { PushRequest, PushResponse } from '../protocol/push.ts';

/**
 * How requests travel from a replica to the server. Every method throws DatastoreError only, with `retryable` set;
 * a server that does not answer is SERVER_UNREACHABLE. Answers are checked against the protocol before they are returned.
 */
export interface Transport {
  info(signal: AbortSignal): Promise<ServerInfo>;
  pull(request: PullRequest, signal: AbortSignal): Promise<PullResponse>;
  push(request: PushRequest, signal: AbortSignal): Promise<PushResponse>;
  digest(request: DigestRequest, signal: AbortSignal): Promise<DigestResponse>;
  /** Says what is unpushed here, and asks what other replicas of the user had. Missing where nobody would hear of it. */
  note?(request: Omit<NoteRequest, 'protocol'>, signal: AbortSignal): Promise<NoteResponse>;
  /**
   * Opens one stream of pokes for these datastores in these schema versions, and for the receipts of a replica. It ends
   * with `ended`, once, for whatever reason; whoever wants another opens it.
   */
  changes(wanted: Omit<ChangesRequest, 'protocol'>, listener: ChangesListener): { close(): void };
  /** Lets go of what it holds, when nothing is asked for any more. */
  close?(): void;
}

/** Hears what happens on a stream of pokes. */
export interface ChangesListener {
  poke(poke: Poke): void;
  /** The stream is over: with an error, or because the server ended it so that it is opened with a fresh token. */
  ended(error: Error | null): void;
}
