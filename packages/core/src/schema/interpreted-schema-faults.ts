import type { DocumentSchema, JsonSchema } from './json-schema.ts';

/** What of a schema is no JSON Schema at all: the places, and what is wrong there. */
export function faultsOfSchema(schema: DocumentSchema): readonly SchemaProblem[] {
  return faultsAt(schema, '');
}

interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/** What the value of a keyword has to be; null if it is. */
type Demand = (value: unknown) => string | null;

const count: Demand = (value) =>
  !Number.isInteger(value) ? 'must be integer' : (value as number) < 0 ? 'must be >= 0' : null;
const number: Demand = (value) => (Number.isFinite(value) ? null : 'must be number');
const boolean: Demand = (value) => (typeof value === 'boolean' ? null : 'must be boolean');
const text: Demand = (value) => (typeof value === 'string' ? null : 'must be string');
const list: Demand = (value) => (Array.isArray(value) ? null : 'must be array');
const names: Demand = (value) => {
  if (!Array.isArray(value)) return 'must be array';
  if (value.some((name) => typeof name !== 'string')) return 'must hold strings';
  return new Set(value).size < value.length ? 'must NOT have duplicate items' : null;
};
const types: Demand = (value) => {
  const all: readonly unknown[] = [value].flat();
  if (all.length === 0 || all.some((one) => typeof one !== 'string')) return 'must be a type or a list of types';
  return new Set(all).size < all.length ? 'must NOT have duplicate items' : null;
};
const choices: Demand = (value) =>
  Array.isArray(value) && value.length > 0 ? null : 'must NOT have fewer than 1 items';

const DEMANDS: Readonly<Record<string, Demand>> = {
  ...{ type: types, required: names, enum: list, anyOf: choices, oneOf: choices },
  ...{ format: text, pattern: text, title: text, description: text, $comment: text, uniqueItems: boolean },
  ...{ minLength: count, maxLength: count, minItems: count, maxItems: count },
  ...{ minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number },
  multipleOf: (value) => number(value) ?? ((value as number) > 0 ? null : 'must be > 0'),
};

function faultsAt(schema: unknown, path: string): readonly SchemaProblem[] {
  if (typeof schema === 'boolean') return [];
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) {
    return [{ path, message: 'must be object,boolean' }];
  }
  const { properties, additionalProperties, propertyNames, items, anyOf, oneOf } = schema as JsonSchema;
  const own = Object.entries(schema).flatMap(([keyword, value]) => {
    const message = Object.hasOwn(DEMANDS, keyword) && value !== undefined ? DEMANDS[keyword]?.(value) : null;
    return message ? [{ path: `${path}/${keyword}`, message }] : [];
  });
  const inner: [string, unknown][] = [
    ...Object.entries(properties ?? {}).map(([field, one]): [string, unknown] => [`properties/${field}`, one]),
    ...Object.entries({ additionalProperties, propertyNames, items }).filter(([, one]) => one !== undefined),
    ...both(anyOf, 'anyOf'),
    ...both(oneOf, 'oneOf'),
  ];
  return [...own, ...inner.flatMap(([name, one]) => faultsAt(one, `${path}/${name}`))];
}

function both(alternatives: unknown, keyword: string): [string, unknown][] {
  return Array.isArray(alternatives) ? alternatives.map((one, at) => [`${keyword}/${at}`, one]) : [];
}
