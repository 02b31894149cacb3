import type { Product } from '@datastores/core';
import { useEffect, useRef, useState } from 'preact/hooks';
import { map, of, switchMap, timer } from 'rxjs';
import { combobox } from './combobox.ts';
import { useTill } from './context.ts';
import { LOCATION } from './place-order.ts';
import { ProductRow } from './product-row.tsx';
import { useLive } from './use-live.ts';

interface Found {
  readonly products: readonly Product[];
  /** How long the search took, milliseconds; null where nothing was searched for. */
  readonly tookMs: number | null;
}

const SHOWN = 40;

/** Everything that is sold here, found as one types; nothing of it asks the server. */
export function Catalog() {
  const { stores, basket } = useTill();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const found = useLive<Found | null>(() => find(text), null, [stores, text]);
  const products = found?.products ?? [];
  const ids = products.map(({ id }) => id).join(' ');
  const stock = useLive<ReadonlyMap<string, number>>(() => stockOf(ids), new Map(), [stores, ids]);
  const count = useLive(() => stores.product.count({ selector: { status: 'active' } }).$, 0, [stores]);

  function find(words: string) {
    if (words.trim() === '') {
      const query = { selector: { status: 'active' as const }, sort: [{ name: 'asc' as const }], limit: SHOWN };
      return stores.product.find(query).$.pipe(map((list) => ({ products: list as readonly Product[], tookMs: null })));
    }
    const began = performance.now();
    const query = stores.search('product', words, { limit: SHOWN });
    let tookMs: number | null = null;
    return query.$.pipe(
      map(({ hits }) => {
        tookMs ??= performance.now() - began;
        return { products: hits.map(({ document }) => document as Product), tookMs };
      }),
    );
  }

  function stockOf(wanted: string) {
    if (wanted === '') return of(new Map<string, number>());
    const selector = { location: LOCATION, productId: { $in: wanted.split(' ') } };
    return timer(0).pipe(
      switchMap(() => stores.inventory.find({ selector }).$),
      map((levels) => new Map(levels.map(({ productId, onHand }) => [productId, onHand]))),
    );
  }

  useEffect(() => setChosen(0), [text]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement)
        return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const product = products[chosen];
    if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, products.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter' && product !== undefined) basket.add(product);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  };

  return (
    <section class="pane catalog" aria-label="Products">
      <div class="search">
        <input
          ref={input}
          type="search"
          value={text}
          placeholder="Name, number or barcode"
          aria-label="Search products"
          aria-controls="products"
          aria-activedescendant={products[chosen] === undefined ? undefined : `product-${chosen}`}
          {...combobox(true)}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <kbd>/</kbd>
      </div>
      <p class="quiet tally" aria-live="polite">
        {tally(found, count)}
      </p>
      <div id="products" role="listbox" aria-label="Found products" class="products">
        {products.map((product, at) => (
          <ProductRow
            key={product.id}
            id={`product-${at}`}
            product={product}
            onHand={stock.get(product.id)}
            chosen={at === chosen && text !== ''}
            onAdd={() => basket.add(product)}
          />
        ))}
      </div>
    </section>
  );
}

function tally(found: Found | null, count: number): string {
  if (found === null) return ' ';
  if (found.tookMs === null) return `${count.toLocaleString('en')} products on this device`;
  const { length } = found.products;
  const many = length === SHOWN ? `The best ${SHOWN}` : length === 0 ? 'Nothing found' : `${length} found`;
  return `${many} in ${found.tookMs.toFixed(1)} ms, 0 requests`;
}
