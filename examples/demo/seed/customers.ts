import type { Random } from './random.ts';
import { FIRST_NAMES, LAST_NAMES, LEGAL_FORMS, SEGMENTS, STREETS, TOWNS, TRADES } from './words.ts';

/** A postal address of the sample business. */
export interface AddressFacts {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

/** One customer of the sample business. The credit limit is in cents. */
export interface CustomerFacts {
  readonly number: string;
  readonly name: string;
  readonly kind: 'company' | 'person';
  readonly status: 'prospect' | 'active' | 'blocked';
  readonly email: string;
  readonly phone: string;
  readonly segment: string;
  readonly consent: boolean;
  readonly contacts: readonly { readonly name: string; readonly role: string; readonly email: string }[];
  readonly billing: AddressFacts;
  readonly shipping: AddressFacts | null;
  readonly vatId: string | null;
  readonly creditLimit: number;
  readonly paymentDays: number;
}

/** Makes `count` customers numbered from `C-10001`. */
export function createCustomerFacts(random: Random, count: number): readonly CustomerFacts[] {
  return Array.from({ length: count }, (_, index) => createCustomer(random, 10_001 + index));
}

function createCustomer(random: Random, number: number): CustomerFacts {
  const company = random.chance(0.7);
  const [firstName, lastName] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  const town = random.pick(TOWNS);
  const name = company ? `${lastName} ${random.pick(TRADES)} ${random.pick(LEGAL_FORMS)}` : `${firstName} ${lastName}`;
  const domain = `${lastName.toLowerCase()}-${number}.example`;
  const contacts = Array.from({ length: company ? random.integer(1, 3) : 0 }, (_, index) => {
    const contact = `${FIRST_NAMES[(number + index * 7) % FIRST_NAMES.length]} ${random.pick(LAST_NAMES)}`;
    const role = ['purchasing', 'accounts', 'owner'][index] as string;
    return { name: contact, role, email: `${role}@${domain}` };
  });
  return {
    number: `C-${number}`,
    name,
    kind: company ? 'company' : 'person',
    status: random.chance(0.03) ? 'blocked' : random.chance(0.1) ? 'prospect' : 'active',
    email: company ? `info@${domain}` : `${firstName.toLowerCase()}@${domain}`,
    phone: `+49 30 ${random.integer(100_000, 999_999)}`,
    segment: random.pick(SEGMENTS),
    consent: random.chance(0.45),
    contacts,
    billing: createAddress(random, town),
    shipping: random.chance(0.3) ? createAddress(random, random.pick(TOWNS)) : null,
    vatId: company ? `${town.country}${random.integer(100_000_000, 999_999_999)}` : null,
    creditLimit: company ? random.integer(10, 500) * 10_000 : random.integer(0, 20) * 10_000,
    paymentDays: random.pick([0, 14, 30, 60]),
  };
}

function createAddress(random: Random, town: Omit<AddressFacts, 'street'>): AddressFacts {
  return { street: `${random.pick(STREETS)} ${random.integer(1, 140)}`, ...town };
}
