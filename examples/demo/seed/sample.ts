import { type CustomerFacts, createCustomerFacts } from './customers.ts';
import { createOrderFacts, type OrderFacts } from './orders.ts';
import { createProductFacts, type ProductFacts } from './products.ts';
import { createRandom } from './random.ts';
import { createStockFacts, type StockFacts } from './stock.ts';

/** How many records of each kind the sample business has. Stock levels follow from the products. */
export interface SampleSize {
  readonly products: number;
  readonly customers: number;
  readonly orders: number;
}

/** The sample business, before each system puts its part into its own form. */
export interface Sample {
  readonly products: readonly ProductFacts[];
  readonly customers: readonly CustomerFacts[];
  readonly stock: readonly StockFacts[];
  readonly orders: readonly OrderFacts[];
}

export const FULL_SIZE: SampleSize = { products: 2_000, customers: 500, orders: 1_500 };

/** Makes the same business for the same size, on every machine and at any time. */
export function createSample(size: SampleSize = FULL_SIZE): Sample {
  const products = createProductFacts(createRandom(1), size.products);
  const customers = createCustomerFacts(createRandom(2), size.customers);
  return {
    products,
    customers,
    stock: createStockFacts(createRandom(3), products),
    orders: createOrderFacts(createRandom(4), { count: size.orders, products, customers }),
  };
}
