import { useState } from 'preact/hooks';
import { BasketPane } from './basket-pane.tsx';
import { Catalog } from './catalog.tsx';
import { ClashDialog } from './clash-dialog.tsx';
import { useTill } from './context.ts';
import { OrdersPane } from './orders-pane.tsx';
import { TillHeader } from './till-header.tsx';

type View = 'products' | 'basket' | 'orders';

/** One till. On a wide screen everything is side by side; on a phone one part at a time, with the others a tap away. */
export function TillScreen() {
  const [view, setView] = useState<View>('products');
  const { basket } = useTill();
  const pieces = basket.pieces.value;
  const tab = (name: View, label: string, count = 0) => (
    <button type="button" aria-current={view === name ? 'page' : undefined} onClick={() => setView(name)}>
      {label}
      {count > 0 ? <span class="count">{count}</span> : null}
    </button>
  );
  return (
    <div class="till" data-view={view}>
      <TillHeader />
      <main class="panes">
        <Catalog />
        <BasketPane onPlaced={() => setView('orders')} />
        <OrdersPane />
      </main>
      <nav class="tabs" aria-label="Parts of the till">
        {tab('products', 'Products')}
        {tab('basket', 'Basket', pieces)}
        {tab('orders', 'Orders')}
      </nav>
      <ClashDialog />
    </div>
  );
}
