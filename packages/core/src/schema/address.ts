/** The fields of a postal address. `country` is an ISO 3166 code of two letters. */
export const addressFields = {
  name: { type: 'string', description: 'Who receives: a person or a department.' },
  company: { type: 'string' },
  street: { type: 'string' },
  street2: { type: 'string' },
  city: { type: 'string' },
  region: { type: 'string' },
  postalCode: { type: 'string' },
  country: { type: 'string' },
  phone: { type: 'string' },
} as const;
