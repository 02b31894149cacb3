import type { BasketLine, Buyer } from './basket.ts';
import type { TillStores } from './open-till.ts';

/** The shop that the tills stand in. */
export const LOCATION = 'BER';

/** What is sold, to whom, and where. */
export interface Sale {
  readonly till: string;
  readonly buyer: Buyer;
  readonly lines: readonly BasketLine[];
}

/**
 * Saves an order on this device and takes its pieces off the shelf; resolves when both are durable, with or without a
 * network. Stock is a counter: what two tills sell at the same time both counts.
 */
export async function placeOrder(stores: TillStores, { till, buyer, lines }: Sale): Promise<string> {
  const id = crypto.randomUUID();
  await stores.order.insert({
    id,
    customerId: buyer.id,
    status: 'placed',
    placedAt: new Date().toISOString(),
    channel: 'till',
    salesperson: till,
    location: LOCATION,
    currency: lines[0]?.currency ?? 'EUR',
    lines: lines.map(({ productId, sku, name, unitPrice, quantity }, at) => ({
      line: at + 1,
      productId,
      sku,
      name,
      quantity,
      unitPrice,
    })),
  });
  for (const { productId, quantity } of lines) {
    const stock = await stores.inventory.findOne({ selector: { productId, location: LOCATION } }).exec();
    await stock?.incrementalModify((level) => ({ ...level, onHand: level.onHand - quantity }));
  }
  return id;
}
