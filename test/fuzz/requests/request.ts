import type { Token } from './tokens.ts';

/** A request as it goes onto the wire, and what may come back. */
export interface HostileRequest {
  /** What it is, in words; requests of one form differ in chance alone. */
  readonly form: string;
  /** Sent one after the other. */
  readonly pieces: readonly Uint8Array[];
  /** Pause between two pieces, in milliseconds. */
  readonly pauseMs: number;
  /** `answer`: waits for it. `cut`: the connection is destroyed once the pieces are sent. `half`: only its sending side is closed. */
  readonly ending: 'answer' | 'cut' | 'half';
  readonly expects: Expected;
}

/** What may come back. */
export interface Expected {
  /** Which form an answer of status 200 has. */
  readonly route: 'info' | 'pull' | 'push' | 'changes' | 'operator' | 'hook' | 'none';
  readonly token: Token;
  /** `served`: it is valid in every way, so it must be. `http`: there must be an answer. `anything`: also none at all. */
  readonly answer: 'served' | 'http' | 'anything';
  readonly isHead: boolean;
}
