import { useState } from 'preact/hooks';
import { useTill } from './context.ts';
import { CustomerPicker } from './customer-picker.tsx';
import { money } from './money.ts';
import { placeOrder } from './place-order.ts';

/** What is being bought, by whom, and the button that makes an order of it. */
export function BasketPane({ onPlaced }: { readonly onPlaced: () => void }) {
  const { name, stores, basket } = useTill();
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const lines = basket.lines.value;
  const buyer = basket.buyer.value;
  const currency = lines[0]?.currency;

  const place = async () => {
    if (buyer === null || lines.length === 0) return;
    setSaving(true);
    setProblem(null);
    try {
      await placeOrder(stores, { till: name, buyer, lines });
      basket.clear();
      onPlaced();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setSaving(false);
    }
  };

  return (
    <section class="pane basket" aria-label="Basket">
      <CustomerPicker />
      {lines.length === 0 ? (
        <p class="empty">Search for a product and press Enter, or tap it.</p>
      ) : (
        <ul class="lines">
          {lines.map(({ productId, name: text, quantity, unitPrice }) => (
            <li key={productId}>
              <span class="name">{text}</span>
              <span class="stepper">
                <button
                  type="button"
                  aria-label={`One ${text} less`}
                  onClick={() => basket.setQuantity(productId, quantity - 1)}
                >
                  −
                </button>
                <output aria-label={`Pieces of ${text}`}>{quantity}</output>
                <button
                  type="button"
                  aria-label={`One ${text} more`}
                  onClick={() => basket.setQuantity(productId, quantity + 1)}
                >
                  +
                </button>
              </span>
              <span class="price">{money(unitPrice * quantity, currency)}</span>
            </li>
          ))}
        </ul>
      )}
      <footer class="pay">
        <p class="total">
          <span>Total</span>
          <strong>{money(basket.total.value, currency)}</strong>
        </p>
        {problem === null ? null : (
          <p class="bad" role="alert">
            {problem}
          </p>
        )}
        <button
          type="button"
          class="primary"
          disabled={isSaving || lines.length === 0 || buyer === null}
          onClick={() => void place()}
        >
          {buyer === null && lines.length > 0 ? 'Choose a customer first' : 'Place order'}
        </button>
      </footer>
    </section>
  );
}
