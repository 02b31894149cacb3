import type { ProductFacts } from './products.ts';
import type { Random } from './random.ts';
import { LOCATIONS } from './words.ts';

/** The stock of one product at one location of the sample business. */
export interface StockFacts {
  readonly sku: string;
  readonly location: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly incoming: number;
  readonly reorderLevel: number;
  readonly bin: string;
}

/** Every product lies at the first location, about half of them at the second, a quarter at the third. */
export function createStockFacts(random: Random, products: readonly ProductFacts[]): readonly StockFacts[] {
  return products.flatMap(({ sku }) =>
    LOCATIONS.filter((_, index) => random.chance([1, 0.5, 0.25][index] ?? 0)).map((location) => {
      const onHand = random.integer(0, 240);
      return {
        sku,
        location,
        onHand,
        reserved: Math.min(onHand, random.integer(0, 3)),
        allocated: Math.min(onHand, random.integer(0, 5)),
        incoming: random.chance(0.3) ? random.integer(10, 200) : 0,
        reorderLevel: random.integer(5, 40),
        bin: `${random.pick(['A', 'B', 'C', 'D'])}${random.integer(1, 40)}-${random.integer(1, 6)}`,
      };
    }),
  );
}
