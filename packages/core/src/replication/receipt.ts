import type { WriteReceipt } from '../schema/write-receipts.ts';

/** How far a local write has got as a whole; see {@link Receipt}. */
export type ReceiptState = 'saved' | 'accepted' | 'sent' | 'confirmed' | 'rejected' | 'held';

/** What became of a write in one stream of an external system. Times in milliseconds since 1970, by the server's clock. */
export interface SystemReceipt {
  readonly system: string;
  readonly stream: string;
  /**
   * `waiting` to be sent, e.g. because the system is down · `sent`, no answer yet · `confirmed` by the system · `rejected`
   * by it · `held`: a person has to look at it, or at an earlier write of the same document.
   */
  readonly state: 'waiting' | 'sent' | 'confirmed' | 'rejected' | 'held';
  readonly since: number;
  /** With `confirmed`: the key of the record over there, e.g. the order number of the ERP. */
  readonly reference?: string | undefined;
  /** With `rejected`: why, in the words of the system, and the field if it names one. */
  readonly reason?: string | undefined;
  readonly field?: string | undefined;
}

/** How far the newest local write of a document has got. */
export interface Receipt {
  readonly datastore: string;
  readonly id: string;
  /**
   * `saved` here alone · `accepted` by the server · `sent` to a system · `confirmed` by all systems that are told of it ·
   * `rejected` by the server or a system · `held` for a person to look at.
   */
  readonly state: ReceiptState;
  /** Version of the state on the server that the write led to; null while the server has not taken it. */
  readonly version: string | null;
  readonly systems: readonly SystemReceipt[];
  /** With `rejected` by the server: why. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

/** The receipt of a write that the server has taken. */
export function receiptOf({ datastore, documentId: id, version, systems }: WriteReceipt): Receipt {
  return { datastore, id, version, systems, state: overall(systems), refusal: null };
}

/** From what needs somebody, over what is under way, to what is done. */
function overall(systems: readonly SystemReceipt[]): ReceiptState {
  const has = (state: SystemReceipt['state']) => systems.some((one) => one.state === state);
  if (has('rejected')) return 'rejected';
  if (has('held')) return 'held';
  if (has('sent')) return 'sent';
  return has('waiting') ? 'accepted' : 'confirmed';
}
