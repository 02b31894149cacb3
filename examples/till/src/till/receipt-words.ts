import type { Order, Receipt } from '@datastores/core';

/** How far an order has got, in the words of a shop. */
export interface ReceiptWords {
  readonly tone: 'good' | 'busy' | 'warn' | 'bad';
  readonly words: string;
}

/** An order that another till has placed has no receipt here; its number tells enough. */
export function describeReceipt({ number }: Pick<Order, 'number'>, receipt: Receipt | null): ReceiptWords {
  switch (receipt?.state) {
    case 'saved':
      return { tone: 'warn', words: 'Saved on this device' };
    case 'accepted':
      return { tone: 'busy', words: 'Waits for the order system' };
    case 'sent':
      return { tone: 'busy', words: 'On its way' };
    case 'held':
      return { tone: 'bad', words: 'Somebody has to look at it' };
    case 'rejected':
      return { tone: 'bad', words: `Refused: ${reasonOf(receipt)}` };
    case 'confirmed':
    case undefined:
      return number === undefined ? { tone: 'busy', words: 'At the shop' } : { tone: 'good', words: number };
  }
}

function reasonOf({ refusal, systems }: Receipt): string {
  return refusal?.message ?? systems.find(({ state }) => state === 'rejected')?.reason ?? 'no reason was given';
}
