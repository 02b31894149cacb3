import type { Order } from '@datastores/core';
import { productId } from './product.ts';
import { createRandom, type Random, scramble } from './random.ts';
import { capitalised, randomText, randomWord } from './vocabulary.ts';

const STATUSES = ['placed', 'confirmed', 'picking', 'shipped', 'delivered', 'delivered', 'cancelled'] as const;
const PRODUCTS_SOLD = 20_000;
const HOUR_MS = 3_600_000;
const FIRST_DAY = Date.UTC(2025, 0, 1);

/** Id of the order with this number. */
export function orderId(index: number): string {
  return `order-${scramble(index).toString(36).padStart(7, '0')}`;
}

/** The order with this number, about 1 KB of JSON. The same for the same seed and number. */
export function makeOrder(seed: number, index: number): Order {
  const random = createRandom(scramble(seed + 2) ^ index);
  const lines = Array.from({ length: random.integer(1, 5) }, (_, at) => makeLine(random, at + 1));
  const placedAt = FIRST_DAY + random.integer(0, 8_000) * HOUR_MS + random.integer(0, HOUR_MS);
  const status = random.pick(STATUSES);
  const total = lines.reduce((sum, line) => sum + line.total, 0);
  const address = {
    name: `${capitalised(randomWord(random))} ${capitalised(randomWord(random))}`,
    street: `${capitalised(randomWord(random))}straße ${random.integer(1, 140)}`,
    city: capitalised(randomWord(random)),
    postalCode: String(random.integer(10_000, 99_999)),
    country: 'DE',
  };
  return {
    id: orderId(index),
    customerId: `customer-${random.integer(1, 5_000)}`,
    status,
    placedAt: new Date(placedAt).toISOString(),
    number: `SO-${String(index + 1).padStart(7, '0')}`,
    channel: random.pick(['web', 'web', 'till', 'phone']),
    currency: 'EUR',
    priceIncludesTax: true,
    lines,
    total,
    paymentStatus: status === 'cancelled' ? 'refunded' : 'paid',
    shippingAddress: address,
    billingAddress: address,
    statusHistory: [
      { status: 'placed', at: new Date(placedAt).toISOString() },
      { status, at: new Date(placedAt + 9 * HOUR_MS).toISOString() },
    ],
    externalReferences: [{ system: 'oms', key: `O${scramble(index)}` }],
    note: randomText(random, random.integer(2, 8)),
    updatedAt: new Date(placedAt + 9 * HOUR_MS).toISOString(),
  };
}

function makeLine(random: Random, line: number) {
  const quantity = random.integer(1, 6);
  const unitPrice = random.integer(99, 29_999);
  const product = random.integer(0, PRODUCTS_SOLD - 1);
  const name = randomText(random, 3);
  return {
    line,
    productId: productId(product),
    name,
    quantity,
    unitPrice,
    taxPercent: 19,
    total: quantity * unitPrice,
  };
}
