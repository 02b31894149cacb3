import type { StockLevel } from '@datastores/core';
import { productId } from './product.ts';
import { createRandom, scramble } from './random.ts';

const LOCATIONS = ['BER-01', 'HAM-02', 'MUC-01', 'VIE-01', 'ZRH-01'];
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);

/** Id of the stock level with this number: that of its product with its location behind. */
export function stockLevelId(index: number): string {
  return `${productId(productOf(index))}@${locationOf(index)}`;
}

/** The stock level with this number: each product lies at every location. The same for the same seed and number. */
export function makeStockLevel(seed: number, index: number): StockLevel {
  const random = createRandom(scramble(seed + 1) ^ index);
  const onHand = random.integer(0, 500);
  const reservations = Array.from({ length: random.integer(0, 3) }, () => ({
    id: `r-${random.integer(1, 9_999_999)}`,
    orderId: `order-${random.integer(1, 999_999)}`,
    quantity: random.integer(1, 5),
  }));
  return {
    id: stockLevelId(index),
    productId: productId(productOf(index)),
    location: locationOf(index),
    onHand,
    reserved: reservations.reduce((sum, { quantity }) => sum + quantity, 0),
    allocated: random.integer(0, 20),
    incoming: random.integer(0, 200),
    reorderLevel: random.integer(0, 50),
    unit: 'piece',
    bin: `${random.pick(['A', 'B', 'C', 'D'])}-${random.integer(1, 40)}-${random.integer(1, 9)}`,
    reservations,
    externalReferences: [{ system: 'wms', key: `L${scramble(index)}` }],
    updatedAt: new Date(FIRST_DAY + random.integer(0, 300 * DAY_MS)).toISOString(),
  };
}

function productOf(index: number): number {
  return Math.floor(index / LOCATIONS.length);
}

function locationOf(index: number): string {
  return LOCATIONS[index % LOCATIONS.length] as string;
}
