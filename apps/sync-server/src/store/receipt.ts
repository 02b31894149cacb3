import type { DocumentKey } from './document.ts';

/**
 * A write of a replica that was accepted, for which the replica is to have a receipt wherever systems are told of the
 * document. Claiming a write again changes nothing.
 */
export interface ReceiptClaim extends DocumentKey {
  readonly replica: string;
  /** Version of the state that holds the write: that of the same plan, or of what is stored. */
  readonly version: string | null;
}

/** What waits for one stream of a system. */
export interface Backlog {
  readonly stream: string;
  /** Documents that it has not been told of. */
  readonly waiting: number;
  readonly dead: number;
  /** Since when the oldest of those that wait does, milliseconds since 1970; null: none waits. */
  readonly oldestAt: number | null;
}
