import { type Customer, customers, realTime, type Strategy } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord } from '@datastores/sync-server';
import { textOf, withoutEmpty } from '../read-field.ts';

/** Customers of the ERP, each with one contact and one address. The ERP knows them by a code of five letters. */
export function customerBinding(strategies: readonly Strategy[] = [realTime()]): Binding {
  return {
    system: 'erp',
    stream: 'customers',
    datastore: customers,
    mapping: 1,
    strategies,
    toDocument: (record) => ({
      number: textOf(record, 'customer_id'),
      name: textOf(record, 'company_name') ?? '(unnamed)',
      status: 'active',
      phone: textOf(record, 'phone'),
      fax: textOf(record, 'fax'),
      contacts: contactsOf(record),
      addresses: addressesOf(record),
    }),
    toRecord: (patch, document) => toRecord(patch, document as unknown as Customer),
    fields: {
      number: { from: 'there' },
      name: { merge: 'there' },
      status: { from: 'there' },
      phone: { merge: 'there' },
      fax: { merge: 'there' },
      contacts: { merge: 'there' },
      addresses: { merge: 'there' },
    },
  };
}

function contactsOf(record: ExternalRecord): JsonValue {
  const name = textOf(record, 'contact_name');
  return name === null ? null : [withoutEmpty({ name, title: textOf(record, 'contact_title') })];
}

function addressesOf(record: ExternalRecord): JsonValue {
  const address = withoutEmpty({
    street: textOf(record, 'address'),
    city: textOf(record, 'city'),
    region: textOf(record, 'region'),
    postalCode: textOf(record, 'postal_code'),
    country: textOf(record, 'country'),
  });
  return Object.keys(address).length === 0 ? null : [{ kind: 'billing', ...address }];
}

function toRecord(patch: JsonObject, { contacts, addresses }: Customer): ExternalRecord {
  const record: Record<string, JsonValue> = {};
  if ('name' in patch) record.company_name = patch.name ?? null;
  if ('phone' in patch) record.phone = patch.phone ?? null;
  if ('fax' in patch) record.fax = patch.fax ?? null;
  if ('contacts' in patch) {
    record.contact_name = contacts?.[0]?.name ?? null;
    record.contact_title = contacts?.[0]?.title ?? null;
  }
  if ('addresses' in patch) {
    const address = addresses?.find(({ kind }) => kind === 'billing') ?? addresses?.[0];
    record.address = address?.street ?? null;
    record.city = address?.city ?? null;
    record.region = address?.region ?? null;
    record.postal_code = address?.postalCode ?? null;
    record.country = address?.country ?? null;
  }
  return record;
}
