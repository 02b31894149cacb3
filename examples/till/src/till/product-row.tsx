import type { Product } from '@datastores/core';
import { useEffect, useRef } from 'preact/hooks';
import { money } from './money.ts';

interface ProductRowProps {
  readonly id: string;
  readonly product: Product;
  /** Pieces in this shop; undefined where it keeps none. */
  readonly onHand: number | undefined;
  readonly chosen: boolean;
  readonly onAdd: () => void;
}

/** One product with its price and what is left of it. */
export function ProductRow({ id, product, onHand, chosen, onAdd }: ProductRowProps) {
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <button
      ref={row}
      id={id}
      type="button"
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      class="product"
      title={`Add ${product.name}`}
      onClick={onAdd}
    >
      <span class="what">
        <span class="name">{product.name}</span>
        <span class="quiet">
          {product.sku}
          {product.brand === undefined ? '' : ` · ${product.brand}`}
        </span>
      </span>
      <Stock onHand={onHand} />
      <span class="price">{product.price === undefined ? '–' : money(product.price, product.currency)}</span>
    </button>
  );
}

function Stock({ onHand }: { readonly onHand: number | undefined }) {
  if (onHand === undefined) return <span class="stock quiet">not kept here</span>;
  if (onHand < 0) return <span class="stock bad">{-onHand} owed</span>;
  if (onHand === 0) return <span class="stock bad">none left</span>;
  return <span class={`stock ${onHand < 5 ? 'warn' : 'good'}`}>{onHand} here</span>;
}
