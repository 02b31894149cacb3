import type { Customer } from '@datastores/core';
import { useState } from 'preact/hooks';
import { map } from 'rxjs';
import { useTill } from './context.ts';
import { useLive } from './use-live.ts';

interface CustomerCardProps {
  readonly id: string;
  readonly onLeave: () => void;
}

/** Who buys, with what can be corrected at the counter. */
export function CustomerCard({ id, onLeave }: CustomerCardProps) {
  const { stores, edits } = useTill();
  const [isEditing, setEditing] = useState(false);
  const customer = useLive<Customer | null>(
    () => stores.customer.findOne(id).$.pipe(map((found) => found as Customer | null)),
    null,
    [stores, id],
  );
  if (customer === null) return <p class="empty">This customer is not on this device any more.</p>;

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const patch = Object.fromEntries(
      (['phone', 'email', 'notes'] as const).flatMap((field) => {
        const value = String(form.get(field) ?? '').trim();
        return value === (customer[field] ?? '') ? [] : [[field, value]];
      }),
    );
    setEditing(false);
    if (Object.keys(patch).length > 0) await edits.save(id, patch);
  };

  return (
    <div class="customer">
      <p class="who">
        <strong>{customer.name}</strong>
        <span class="quiet">{[customer.number, customer.phone, customer.email].filter(Boolean).join(' · ')}</span>
        {customer.notes === undefined ? null : <span class="note">{customer.notes}</span>}
      </p>
      <div class="actions">
        <button type="button" aria-expanded={isEditing} onClick={() => setEditing(!isEditing)}>
          Edit
        </button>
        <button type="button" onClick={onLeave}>
          Change
        </button>
      </div>
      {isEditing ? (
        <form onSubmit={(event) => void save(event)}>
          <Field label="Phone" name="phone" value={customer.phone} inputMode="tel" />
          <Field label="E-mail" name="email" value={customer.email} inputMode="email" />
          <Field label="Note" name="notes" value={customer.notes} inputMode="text" />
          <button type="submit" class="primary">
            Save
          </button>
        </form>
      ) : null}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly inputMode: 'tel' | 'email' | 'text';
  readonly value: string | undefined;
}

function Field({ label, name, inputMode, value = '' }: FieldProps) {
  return (
    <label>
      {label}
      <input name={name} type="text" list={undefined} inputMode={inputMode} defaultValue={value} />
    </label>
  );
}
