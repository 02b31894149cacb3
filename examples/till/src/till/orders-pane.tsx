import type { Order } from '@datastores/core';
import { map } from 'rxjs';
import { useTill } from './context.ts';
import { money } from './money.ts';
import { describeReceipt } from './receipt-words.ts';
import { useLive } from './use-live.ts';

const SHOWN = 12;

/** The orders of the tills, the newest first, and how far each of them has got. */
export function OrdersPane() {
  const { stores, name } = useTill();
  const orders = useLive<readonly Order[]>(
    () =>
      stores.order
        .find({ selector: { channel: 'till', placedAt: { $gt: '' } }, sort: [{ placedAt: 'desc' }], limit: SHOWN })
        .$.pipe(map((list) => list as readonly Order[])),
    [],
    [stores],
  );
  return (
    <section class="pane orders" aria-label="Orders">
      <h2>Orders of this shop</h2>
      {orders.length === 0 ? (
        <p class="empty">What is sold here appears here, with the number that the order system gives it.</p>
      ) : null}
      <ul>
        {orders.map((order) => (
          <OrderRow key={order.id} order={order} mine={order.salesperson === name} />
        ))}
      </ul>
    </section>
  );
}

function OrderRow({ order, mine }: { readonly order: Order; readonly mine: boolean }) {
  const { stores } = useTill();
  const receipt = useLive(() => stores.receipts.of$('order', order.id), null, [stores, order.id]);
  const customer = useLive(() => stores.customer.findOne(order.customerId).$, null, [stores, order.customerId]);
  const { tone, words } = describeReceipt(order, receipt);
  const pieces = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const total = order.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const at = new Date(order.placedAt);
  const where = order.salesperson === undefined ? null : mine ? 'here' : `till ${order.salesperson}`;
  return (
    <li class="order">
      <span class="what">
        <span class="name">{customer?.name ?? order.customerId}</span>
        <span class="quiet">
          <time dateTime={order.placedAt} title={at.toLocaleString()}>
            {shortTime(at)}
          </time>{' '}
          · {pieces} {pieces === 1 ? 'piece' : 'pieces'}
          {where === null ? '' : ` · ${where}`}
        </span>
      </span>
      <span class={`receipt ${tone}`}>{words}</span>
      <span class="price">{money(total, order.currency)}</span>
    </li>
  );
}

/** The hour of today, or the day. */
function shortTime(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  if (isToday) return at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return at.toLocaleDateString([], { day: 'numeric', month: 'short' });
}
