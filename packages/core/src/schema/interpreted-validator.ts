import { formatOf } from './formats.ts';
import { isOfType } from './is-of-type.ts';
import type { DocumentSchema, JsonSchema, JsonType } from './json-schema.ts';
import { uniqueCheck } from './unique-check.ts';
import type { Check, SchemaFault, Validator } from './validator-shape.ts';

export { loadFormats } from './formats.ts';
export { faultsOfSchema } from './interpreted-schema-faults.ts';

/**
 * The validator of browsers: finds what the other one finds, in the same order and the same words, by walking the schema.
 * The other one writes a program for each schema and runs it, which pages forbid that have a content security policy, and
 * brings a compiler that is larger than everything else of a replica together. Schemas were checked before.
 */
export function createValidator(schema: DocumentSchema): Validator {
  const check = compile(schema);
  const validate: Validator = (document) => {
    const faults: SchemaFault[] = [];
    check(document, '', faults);
    validate.errors = faults.length === 0 ? null : faults;
    return faults.length === 0;
  };
  return validate;
}

/** By the groups of keywords of one type, in the order in which they are looked at. */
function compile(schema: JsonSchema): Check {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  const groups: readonly (readonly [type: JsonType | null, checks: readonly Check[]])[] = [
    [null, generalChecks(schema)],
    ['number', numberChecks(schema)],
    ['string', stringChecks(schema)],
    ['array', arrayChecks(schema)],
    ['object', objectChecks(schema)],
  ];
  const inGroup = types.length === 1 && groups.some(([type, checks]) => type === types[0] && checks.length > 0);
  const message = `must be ${types.join(',')}`;
  const used = groups.filter(([, checks]) => checks.length > 0);
  return (value, path, faults) => {
    const wrongType = () => faults.push({ keyword: 'type', params: {}, instancePath: path, message });
    if (types.length > 0 && !inGroup && !types.some((type) => isOfType(value, type))) wrongType();
    for (const [type, checks] of used) {
      if (type === null || isOfType(value, type)) for (const check of checks) check(value, path, faults);
      else if (inGroup && type === types[0]) wrongType();
    }
  };
}

/** A check of a keyword that is declared; none where it is not. */
function rule<Limit, Value>(
  [keyword, limit]: readonly [string, Limit | undefined],
  passes: (value: Value, limit: Limit) => boolean,
  message: (limit: Limit) => string,
): readonly Check[] {
  if (limit === undefined) return [];
  const text = message(limit);
  const params = keyword === 'enum' ? { allowedValues: limit } : {};
  return [
    (value, path, faults) => {
      if (!passes(value as Value, limit)) faults.push({ keyword, params, instancePath: path, message: text });
    },
  ];
}

function numberChecks(schema: JsonSchema): readonly Check[] {
  const { minimum, maximum, exclusiveMaximum, exclusiveMinimum, multipleOf } = schema;
  return [
    ...rule(
      ['maximum', maximum],
      (value: number, most) => value <= most,
      (most) => `must be <= ${most}`,
    ),
    ...rule(
      ['minimum', minimum],
      (value: number, least) => value >= least,
      (least) => `must be >= ${least}`,
    ),
    ...rule(
      ['exclusiveMaximum', exclusiveMaximum],
      (value: number, end) => value < end,
      (end) => `must be < ${end}`,
    ),
    ...rule(
      ['exclusiveMinimum', exclusiveMinimum],
      (value: number, end) => value > end,
      (end) => `must be > ${end}`,
    ),
    ...rule(['multipleOf', multipleOf], isMultiple, (step) => `must be multiple of ${step}`),
  ];
}

/** Without a precision 19.99 is no multiple of 0.01, as floating point numbers have it. */
function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(Math.round(times) - times) <= 1e-9;
}

function stringChecks({ maxLength, minLength, pattern, format }: JsonSchema): readonly Check[] {
  const expression = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const isOfFormat = format === undefined ? undefined : formatOf(format);
  return [
    ...rule(
      ['maxLength', maxLength],
      (text: string, most) => text.length <= most || codePoints(text) <= most,
      (most) => `must NOT have more than ${most} characters`,
    ),
    ...rule(
      ['minLength', minLength],
      (text: string, least) => text.length >= 2 * least - 1 || codePoints(text) >= least,
      (least) => `must NOT have fewer than ${least} characters`,
    ),
    ...rule(
      ['pattern', expression],
      (text: string, regular) => regular.test(text),
      () => `must match pattern "${pattern}"`,
    ),
    ...rule(
      ['format', isOfFormat],
      (text: string, passes) => passes(text),
      () => `must match format "${format}"`,
    ),
  ];
}

/** Lengths are counted in code points; a text has at most as many of them as code units, and at least half as many. */
function codePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}

function generalChecks(schema: JsonSchema): readonly Check[] {
  const { enum: values, anyOf, oneOf } = schema;
  return [
    ...(schema.const === undefined ? [] : [constCheck(schema.const)]),
    ...rule(['enum', values], isOne, () => 'must be equal to one of the allowed values'),
    ...(anyOf === undefined ? [] : [unionCheck('anyOf', anyOf)]),
    ...(oneOf === undefined ? [] : [unionCheck('oneOf', oneOf)]),
  ];
}

function isOne(value: unknown, values: readonly unknown[]): boolean {
  return values.includes(value);
}

function constCheck(allowedValue: unknown): Check {
  return (value, path, faults) => {
    if (value === allowedValue) return;
    const message = 'must be equal to constant';
    faults.push({ keyword: 'const', params: { allowedValue }, instancePath: path, message });
  };
}

const UNION_MESSAGES = { anyOf: 'must match a schema in anyOf', oneOf: 'must match exactly one schema in oneOf' };

function unionCheck(keyword: keyof typeof UNION_MESSAGES, choices: readonly JsonSchema[]): Check {
  const checks = choices.map(compile);
  return (value, path, faults) => {
    const found: SchemaFault[] = [];
    let fitting = 0;
    for (const check of checks) {
      const before = found.length;
      check(value, path, found);
      if (found.length === before) fitting += 1;
      if (fitting === (keyword === 'anyOf' ? 1 : 2)) break;
    }
    if (fitting === 1) return;
    faults.push(...found, { keyword, params: {}, instancePath: path, message: UNION_MESSAGES[keyword] });
  };
}

function arrayChecks({ maxItems, minItems, uniqueItems, items }: JsonSchema): readonly Check[] {
  const check = items === undefined ? undefined : compile(items);
  return [
    ...rule(
      ['maxItems', maxItems],
      (list: readonly unknown[], most) => list.length <= most,
      (most) => `must NOT have more than ${most} items`,
    ),
    ...rule(
      ['minItems', minItems],
      (list: readonly unknown[], least) => list.length >= least,
      (least) => `must NOT have fewer than ${least} items`,
    ),
    ...(check === undefined ? [] : [itemsCheck(check)]),
    ...(uniqueItems === true ? [uniqueCheck(items)] : []),
  ];
}

function itemsCheck(check: Check): Check {
  return (value, path, faults) => {
    for (const [at, item] of (value as readonly unknown[]).entries()) check(item, `${path}/${at}`, faults);
  };
}

function objectChecks(schema: JsonSchema): readonly Check[] {
  const { required, propertyNames, additionalProperties, properties } = schema;
  return [
    ...(required === undefined ? [] : [requiredCheck(required)]),
    ...(propertyNames === undefined ? [] : [namesCheck(compile(propertyNames))]),
    ...(additionalProperties === undefined || additionalProperties === true
      ? []
      : [additionalCheck(new Set(Object.keys(properties ?? {})), additionalProperties)]),
    ...(properties === undefined ? [] : [propertiesCheck(properties)]),
  ];
}

function requiredCheck(required: readonly string[]): Check {
  return (value, path, faults) => {
    for (const field of required) {
      if ((value as Record<string, unknown>)[field] !== undefined) continue;
      const message = `must have required property '${field}'`;
      faults.push({ keyword: 'required', params: {}, instancePath: path, message });
    }
  };
}

function namesCheck(check: Check): Check {
  return (value, path, faults) => {
    for (const name in value as object) {
      const before = faults.length;
      check(name, path, faults);
      if (faults.length === before) continue;
      faults.push({ keyword: 'propertyNames', params: {}, instancePath: path, message: 'property name must be valid' });
    }
  };
}

function additionalCheck(known: ReadonlySet<string>, additional: false | JsonSchema): Check {
  const check = additional === false ? undefined : compile(additional);
  return (value, path, faults) => {
    for (const field in value as object) {
      if (known.has(field)) continue;
      if (check !== undefined) check((value as Record<string, unknown>)[field], inner(path, field), faults);
      else {
        const message = 'must NOT have additional properties';
        const params = { additionalProperty: field };
        faults.push({ keyword: 'additionalProperties', params, instancePath: path, message });
      }
    }
  };
}

function propertiesCheck(properties: Readonly<Record<string, JsonSchema>>): Check {
  const checks = Object.entries(properties).map(([field, schema]) => [field, compile(schema)] as const);
  return (value, path, faults) => {
    for (const [field, check] of checks) {
      const property = (value as Record<string, unknown>)[field];
      if (property !== undefined) check(property, inner(path, field), faults);
    }
  };
}

function inner(path: string, field: string): string {
  return `${path}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
