import { eventDriven, scheduled } from '@datastores/core';
import { type Customer, customers, type JsonObject, type JsonValue } from '@datastores/core/schema';
import {
  type Binding,
  type Connector,
  type ExternalRecord,
  rest,
  standardWebhooks,
  webhooks,
} from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { customerIdOf } from './ids.ts';
import { OVERLAP_MS } from './overlap.ts';
import { typedBinding } from './typed-binding.ts';
import { withoutEmpty } from './without-empty.ts';

const text = z.string().nullish();
const account = z.object({
  account_number: z.string(),
  display_name: z.string(),
  account_type: z.enum(['organisation', 'individual']),
  lifecycle_stage: z.enum(['lead', 'customer', 'blocked', 'former']),
  email_address: text,
  phone_number: text,
  segment_code: text,
  preferred_language: text,
  gdpr_marketing_opt_in: z.boolean(),
  people: z.array(z.object({ full_name: z.string(), job_role: text, email_address: text, phone_number: text })),
  addresses: z.array(
    z.object({ address_type: z.string(), street_line: text, town: text, zip: text, country_code: text }),
  ),
  remarks: text,
});

const STATUS = { lead: 'prospect', customer: 'active', blocked: 'blocked', former: 'archived' } as const;
const KIND = { organisation: 'company', individual: 'person' } as const;

/** Where the CRM is, and the secret by which it signs its webhooks. */
export interface CrmAccess {
  readonly baseUrl: string;
  readonly secret: string;
}

/**
 * How the CRM is reached. It says by webhooks which account changed, and is asked for it. It mints numbers; a create is
 * repeated safely by its key and found again by `external_ref`.
 */
export function crmConnector({ baseUrl, secret }: CrmAccess): Connector {
  return webhooks({
    connector: accountsConnector(baseUrl),
    scheme: standardWebhooks({ secrets: [secret] }),
    notices: ({ data }) => {
      const changed = accountChanged.safeParse(data);
      return changed.success ? [{ stream: 'accounts', keys: [changed.data.data.account_number] }] : [];
    },
  });
}

const accountChanged = z.object({
  type: z.literal('account.changed'),
  data: z.object({ account_number: z.string() }),
});

function accountsConnector(baseUrl: string): Connector {
  return rest({
    baseUrl,
    checkPath: '/health',
    streams: {
      accounts: {
        path: '/api/accounts',
        key: 'account_number',
        list: {
          itemsAt: 'data',
          since: { param: 'updated_from', field: 'updated_at', overlapMs: OVERLAP_MS, ascending: true },
          page: { style: 'keyset', param: 'after_account' },
          size: { param: 'page_size', value: 200 },
        },
        get: { path: '/api/accounts/{key}' },
        create: {},
        update: { path: '/api/accounts/{key}' },
        guard: { field: 'row_version' },
        idempotencyHeader: 'idempotency-key',
        ref: { field: 'external_ref', param: 'external_ref' },
        tombstone: { field: 'is_deleted' },
      },
    },
  });
}

/**
 * The CRM keeps who a customer is and how to reach them. Everything but number and status may be edited in a replica;
 * where both sides changed a field, the CRM wins. A customer made in a replica becomes an account, and its number comes back.
 */
export const crmBindings: readonly Binding[] = [
  typedBinding({
    system: 'crm',
    stream: 'accounts',
    datastore: customers,
    record: account,
    mapping: 1,
    idFor: (record) => customerIdOf(record.account_number),
    toDocument: (record) => ({
      number: record.account_number,
      name: record.display_name,
      status: STATUS[record.lifecycle_stage],
      kind: KIND[record.account_type],
      email: record.email_address ?? null,
      phone: record.phone_number ?? null,
      segment: record.segment_code ?? null,
      language: record.preferred_language ?? null,
      marketingConsent: record.gdpr_marketing_opt_in,
      contacts: record.people.map(({ full_name: name, job_role: title, email_address: email, phone_number: phone }) =>
        withoutEmpty({ name, title, email, phone }),
      ),
      addresses: record.addresses.map((at) =>
        withoutEmpty({
          kind: at.address_type,
          street: at.street_line,
          city: at.town,
          postalCode: at.zip,
          country: at.country_code,
        }),
      ),
      notes: record.remarks ?? null,
    }),
    toRecord: (patch, document) => toAccountPatch(patch, document as unknown as Customer),
    fields: {
      number: { from: 'there' },
      name: { from: 'there', rank: 1 },
      status: { from: 'there', rank: 1 },
      kind: { merge: 'there' },
      email: { merge: 'there' },
      phone: { merge: 'there' },
      segment: { merge: 'there' },
      language: { merge: 'there' },
      marketingConsent: { merge: 'there' },
      contacts: { merge: 'there' },
      addresses: { merge: 'there' },
      notes: { merge: 'here' },
    },
    creates: true,
    deletes: false,
    strategies: [eventDriven(), scheduled('37 3 * * *')],
  }),
];

function toAccountPatch(patch: JsonObject, customer: Customer): ExternalRecord {
  const { email, phone, segment, language, notes } = patch;
  return asPatch({
    // The CRM decides the name, but a new account cannot do without one.
    display_name: customer.number === undefined ? customer.name : undefined,
    account_type: patch.kind === undefined ? undefined : patch.kind === 'person' ? 'individual' : 'organisation',
    email_address: email,
    phone_number: phone,
    segment_code: segment,
    preferred_language: language,
    gdpr_marketing_opt_in: patch.marketingConsent === undefined ? undefined : patch.marketingConsent === true,
    people: patch.contacts === undefined ? undefined : toPeople(customer),
    addresses: patch.addresses === undefined ? undefined : toAddresses(customer),
    remarks: notes,
  });
}

function toPeople(customer: Customer): JsonValue {
  return (customer.contacts ?? []).map(({ name, title, email, phone }) => ({
    full_name: name,
    job_role: title ?? null,
    email_address: email ?? null,
    phone_number: phone ?? null,
  }));
}

function toAddresses(customer: Customer): JsonValue {
  return (customer.addresses ?? []).map(({ kind, street, city, postalCode, country }) => ({
    address_type: kind,
    street_line: street ?? null,
    town: city ?? null,
    zip: postalCode ?? null,
    country_code: country ?? null,
  }));
}
