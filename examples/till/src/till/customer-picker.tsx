import type { Customer } from '@datastores/core';
import { useState } from 'preact/hooks';
import { map, of } from 'rxjs';
import { combobox } from './combobox.ts';
import { useTill } from './context.ts';
import { CustomerCard } from './customer-card.tsx';
import { useLive } from './use-live.ts';

const SHOWN = 6;

/** Finds the customer, or shows who was chosen. */
export function CustomerPicker() {
  const { stores, basket } = useTill();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const buyer = basket.buyer.value;
  const found = useLive<readonly Customer[]>(() => find(text), [], [stores, text]);

  function find(words: string) {
    if (words.trim() === '') return of([]);
    return stores
      .search('customer', words, { limit: SHOWN })
      .$.pipe(map(({ hits }) => hits.map(({ document }) => document as Customer)));
  }
  const choose = ({ id, name }: Customer) => {
    basket.buyer.value = { id, name };
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const customer = found[chosen];
    if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter' && customer !== undefined) choose(customer);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  };

  if (buyer !== null) return <CustomerCard key={buyer.id} id={buyer.id} onLeave={() => (basket.buyer.value = null)} />;
  return (
    <div class="picker">
      <input
        type="search"
        value={text}
        placeholder="Customer"
        aria-label="Search customers"
        {...combobox(found.length > 0)}
        aria-controls="customers"
        aria-activedescendant={found[chosen] === undefined ? undefined : `customer-${chosen}`}
        autocomplete="off"
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="customers" role="listbox" aria-label="Found customers" class="found" hidden={found.length === 0}>
        {found.map((customer, at) => (
          <button
            key={customer.id}
            id={`customer-${at}`}
            type="button"
            role="option"
            aria-selected={at === chosen}
            tabIndex={-1}
            onClick={() => choose(customer)}
          >
            <span class="name">{customer.name}</span>
            <span class="quiet">{customer.number ?? customer.email ?? ''}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
