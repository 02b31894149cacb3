import type { FastifyInstance } from 'fastify';
import type { AddressFacts, CustomerFacts } from '../../seed/customers.ts';
import type { Sample } from '../../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from '../demo-system.ts';
import { createIdempotency } from '../idempotency.ts';
import { installRecordRoutes } from '../record-routes.ts';
import { createRecordTable, type StoredRecord } from '../record-table.ts';
import { createWebhookSender, type Subscription } from './webhook-sender.ts';

/** A postal address as the CRM keeps it. */
interface CrmAddress {
  readonly address_type: string;
  readonly street_line: string | null;
  readonly town: string | null;
  readonly zip: string | null;
  readonly country_code: string | null;
}

/** An account as the CRM keeps it: snake_case, one list for people and one for addresses. */
interface Account {
  readonly display_name: string;
  readonly account_type: 'organisation' | 'individual';
  readonly lifecycle_stage: 'lead' | 'customer' | 'blocked' | 'former';
  readonly email_address: string | null;
  readonly phone_number: string | null;
  readonly segment_code: string | null;
  readonly preferred_language: string | null;
  readonly gdpr_marketing_opt_in: boolean;
  readonly people: readonly {
    readonly full_name: string;
    readonly job_role: string | null;
    readonly email_address: string | null;
    readonly phone_number: string | null;
  }[];
  readonly addresses: readonly CrmAddress[];
  readonly remarks: string | null;
  /** Reference of whoever created the account elsewhere. */
  readonly external_ref: string | null;
}

const TEXT = { type: 'string', nullable: true, maxLength: 2_000 };
const FIELDS = {
  display_name: { type: 'string', minLength: 1, maxLength: 200 },
  account_type: { type: 'string', enum: ['organisation', 'individual'] },
  lifecycle_stage: { type: 'string', enum: ['lead', 'customer', 'blocked', 'former'] },
  email_address: { type: 'string', nullable: true, pattern: '^[^@\\s]+@[^@\\s]+$' },
  phone_number: TEXT,
  segment_code: TEXT,
  preferred_language: TEXT,
  gdpr_marketing_opt_in: { type: 'boolean' },
  people: list({
    full_name: { type: 'string', minLength: 1 },
    job_role: TEXT,
    email_address: TEXT,
    phone_number: TEXT,
  }),
  addresses: list({
    address_type: { type: 'string', minLength: 1 },
    street_line: TEXT,
    town: TEXT,
    zip: TEXT,
    country_code: TEXT,
  }),
  remarks: TEXT,
  external_ref: TEXT,
};

/**
 * The CRM: accounts with people, addresses, consent and segment. It mints account numbers. The list is read by time of
 * change and number (`updated_from`, `after_account`); deletions are shown with `is_deleted: true`. Whoever subscribes by
 * `PUT /api/webhook` is told of every changed account by Standard Webhooks.
 */
export function startCrm(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'crm',
      install(app, db, isDown) {
        const accounts = createRecordTable<Account>(db, 'accounts');
        if (accounts.count() === 0) {
          db.transaction(() => {
            for (const customer of sample().customers) accounts.put(customer.number, toAccount(customer));
          })();
        }
        const querystring = {
          type: 'object',
          properties: {
            updated_from: { type: 'string', default: '' },
            after_account: { type: 'string', default: '' },
            external_ref: { type: 'string' },
            page_size: { type: 'integer', minimum: 1, maximum: 200, default: 100 },
          },
          additionalProperties: false,
        };
        app.get('/api/accounts', { schema: { querystring } }, async (request) => {
          const query = request.query as {
            updated_from: string;
            after_account: string;
            external_ref?: string;
            page_size: number;
          };
          const { updated_from: from, after_account: after, external_ref: reference, page_size: size } = query;
          const records =
            reference !== undefined
              ? accounts.where('external_ref', reference)
              : accounts.modifiedSince(from, after, size + 1);
          return { data: records.slice(0, size).map(show), meta: { has_more: records.length > size } };
        });
        const nextNumber = (): string => {
          const newest = db.prepare('SELECT max(key) FROM accounts').pluck().get() as string | null;
          return `C-${Number(newest?.slice(2) ?? 10_000) + 1}`;
        };
        installRecordRoutes(app, {
          path: '/api/accounts',
          table: accounts,
          show,
          fields: FIELDS,
          create: {
            required: ['display_name'],
            idempotency: createIdempotency(db),
            make: (input) => ({ key: nextNumber(), body: { ...EMPTY, ...input } }),
          },
          remove: 'bury',
          versionField: 'row_version',
        });
        installWebhooks(app, { sender: createWebhookSender(db), isDown });
        return () => ({ accounts: accounts.count() });
      },
    },
    options,
  );
}

interface Webhooks {
  readonly sender: ReturnType<typeof createWebhookSender>;
  readonly isDown: () => boolean;
}

function installWebhooks(app: FastifyInstance, { sender, isDown }: Webhooks): void {
  const body = {
    type: 'object',
    properties: { url: { type: 'string', pattern: '^https?://' }, secret: { type: 'string', pattern: '^whsec_' } },
    required: ['url', 'secret'],
    additionalProperties: false,
  };
  app.put('/api/webhook', { schema: { body } }, async (request, reply) => {
    sender.subscribe(request.body as Subscription);
    return reply.code(204).send();
  });
  const timer = setInterval(() => !isDown() && void sender.sendWaiting(), SEND_EVERY_MS);
  app.addHook('onClose', async () => {
    clearInterval(timer);
    sender.close();
    await sender.sendWaiting();
  });
}

const SEND_EVERY_MS = 200;

const EMPTY: Account = {
  display_name: '',
  account_type: 'organisation',
  lifecycle_stage: 'lead',
  email_address: null,
  phone_number: null,
  segment_code: null,
  preferred_language: null,
  gdpr_marketing_opt_in: false,
  people: [],
  addresses: [],
  remarks: null,
  external_ref: null,
};

function show(record: StoredRecord<Account>): object {
  const stamp = { row_version: record.version, updated_at: record.modifiedAt };
  return record.deleted
    ? { account_number: record.key, is_deleted: true, ...stamp }
    : { account_number: record.key, ...record.body, ...stamp };
}

function toAccount(customer: CustomerFacts): Account {
  const addresses = [toAddress('billing', customer.billing)];
  if (customer.shipping !== null) addresses.push(toAddress('shipping', customer.shipping));
  return {
    ...EMPTY,
    display_name: customer.name,
    account_type: customer.kind === 'company' ? 'organisation' : 'individual',
    lifecycle_stage: ({ prospect: 'lead', active: 'customer', blocked: 'blocked' } as const)[customer.status],
    email_address: customer.email,
    phone_number: customer.phone,
    segment_code: customer.segment,
    preferred_language: customer.billing.country === 'NL' ? 'nl' : 'de',
    gdpr_marketing_opt_in: customer.consent,
    people: customer.contacts.map(({ name, role, email }) => ({
      full_name: name,
      job_role: role,
      email_address: email,
      phone_number: null,
    })),
    addresses,
  };
}

function toAddress(type: string, address: AddressFacts): CrmAddress {
  return {
    address_type: type,
    street_line: address.street,
    town: address.city,
    zip: address.postalCode,
    country_code: address.country,
  };
}

function list(properties: object): object {
  return { type: 'array', items: { type: 'object', properties, additionalProperties: false } };
}
