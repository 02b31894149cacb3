import type { AddressFacts, CustomerFacts } from './customers.ts';
import type { ProductFacts } from './products.ts';
import type { Random } from './random.ts';
import { CARRIERS } from './words.ts';

/** One line of an order. The price of a piece is in cents. */
export interface LineFacts {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly discountPercent: number;
  readonly taxPercent: number;
}

/** One order of the sample business. */
export interface OrderFacts {
  readonly customer: string;
  readonly placedAt: string;
  readonly status: 'placed' | 'confirmed' | 'picking' | 'shipped' | 'delivered' | 'cancelled';
  readonly channel: string;
  readonly lines: readonly LineFacts[];
  readonly freight: number;
  readonly carrier: string | null;
  readonly shipTo: AddressFacts;
  readonly history: readonly { readonly status: string; readonly at: string }[];
}

/** What orders are made of. */
export interface OrderSources {
  readonly count: number;
  readonly products: readonly ProductFacts[];
  readonly customers: readonly CustomerFacts[];
}

const COURSE = ['placed', 'confirmed', 'picking', 'shipped', 'delivered'] as const;
const FIRST_DAY = Date.UTC(2026, 0, 5, 8);
const HOUR = 3_600_000;

/** Makes orders, oldest first, spread over a fixed half year so that a second run makes the same. */
export function createOrderFacts(random: Random, sources: OrderSources): readonly OrderFacts[] {
  const step = (180 * 24 * HOUR) / Math.max(1, sources.count);
  return Array.from({ length: sources.count }, (_, index) => {
    const customer = random.pick(sources.customers);
    const placedAt = FIRST_DAY + Math.floor(index * step) + random.integer(0, 50_000);
    const reached = index < sources.count * 0.85 ? COURSE.length : random.integer(1, COURSE.length);
    const cancelled = random.chance(0.04);
    const course = cancelled ? [COURSE[0], 'cancelled' as const] : COURSE.slice(0, reached);
    const status = course.at(-1) ?? 'placed';
    return {
      customer: customer.number,
      placedAt: new Date(placedAt).toISOString(),
      status,
      channel: random.pick(['web', 'web', 'phone', 'till']),
      lines: createLines(random, sources.products),
      freight: random.chance(0.5) ? 0 : 590,
      carrier: status === 'shipped' || status === 'delivered' ? random.pick(CARRIERS) : null,
      shipTo: customer.shipping ?? customer.billing,
      history: course.map((name, at) => ({
        status: name,
        at: new Date(placedAt + at * 9 * HOUR).toISOString(),
      })),
    };
  });
}

function createLines(random: Random, products: readonly ProductFacts[]): readonly LineFacts[] {
  return Array.from({ length: random.integer(1, 5) }, () => {
    const product = random.pick(products);
    return {
      sku: product.sku,
      name: product.name,
      quantity: random.integer(1, 12),
      unitPrice: product.price,
      discountPercent: random.chance(0.15) ? 5 : 0,
      taxPercent: product.taxClass === 'reduced' ? 7 : 19,
    };
  });
}
