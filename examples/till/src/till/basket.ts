import type { Customer, Product } from '@datastores/core';
import { computed, effect, signal } from '@preact/signals';

/** One line of the basket. */
export interface BasketLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: number;
  readonly currency: string;
  readonly quantity: number;
}

/** Who buys. */
export type Buyer = Pick<Customer, 'id' | 'name'>;

/** What a customer at this till is about to buy. */
export interface Basket {
  readonly lines: { readonly value: readonly BasketLine[] };
  readonly buyer: { value: Buyer | null };
  readonly total: { readonly value: number };
  readonly pieces: { readonly value: number };
  add(product: Product): void;
  setQuantity(productId: string, quantity: number): void;
  clear(): void;
}

interface Kept {
  readonly lines: readonly BasketLine[];
  readonly buyer: Buyer | null;
}

/** The basket of one till. It is not yet an order, so it stays here, also over a reload. */
export function createBasket(till: string): Basket {
  const key = `basket-${till}`;
  const kept = JSON.parse(localStorage.getItem(key) ?? '{"lines":[],"buyer":null}') as Kept;
  const lines = signal<readonly BasketLine[]>(kept.lines);
  const buyer = signal<Buyer | null>(kept.buyer);
  effect(() => localStorage.setItem(key, JSON.stringify({ lines: lines.value, buyer: buyer.value } satisfies Kept)));
  const setQuantity = (productId: string, quantity: number) => {
    lines.value = lines.value.flatMap((line) => {
      if (line.productId !== productId) return [line];
      return quantity > 0 ? [{ ...line, quantity: Math.min(quantity, 999) }] : [];
    });
  };
  return {
    lines,
    buyer,
    total: computed(() => lines.value.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0)),
    pieces: computed(() => lines.value.reduce((sum, { quantity }) => sum + quantity, 0)),
    add({ id, sku, name, price = 0, currency = 'EUR' }) {
      const known = lines.value.find(({ productId }) => productId === id);
      if (known !== undefined) setQuantity(id, known.quantity + 1);
      else lines.value = [...lines.value, { productId: id, sku, name, unitPrice: price, currency, quantity: 1 }];
    },
    setQuantity,
    clear() {
      lines.value = [];
      buyer.value = null;
    },
  };
}
