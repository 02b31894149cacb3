import { Ajv, str } from 'ajv';
import addFormats from 'ajv-formats';
import type { DocumentSchema } from './json-schema.ts';
import type { Validator } from './validator-shape.ts';

/**
 * A function that says whether a document fits its schema, and in `errors` everything that does not. It decides as ajv
 * does, but looks closer only at texts and times that are not obviously right.
 */
export function createValidator(schema: DocumentSchema): Validator {
  return documentAjv().compile(schema) as Validator;
}

/** What of a schema is no JSON Schema at all: the places, and what is wrong there. */
export function faultsOfSchema(schema: DocumentSchema): readonly { readonly path: string; readonly message: string }[] {
  const ajv = schemaAjv();
  if (ajv.validateSchema(schema)) return [];
  return (ajv.errors ?? []).map(({ instancePath: path, message = '' }) => ({ path, message }));
}

/** Made at first use and kept: to make one costs as much as to compile a schema with it. */
const documentAjv = once(() => {
  // Without a precision 19.99 is no multiple of 0.01, as floating point numbers have it. Schemas were checked before.
  const ajv = new Ajv({ allErrors: true, strict: true, multipleOfPrecision: 9, validateSchema: false });
  addFormats.default(ajv);
  for (const [name, usual] of USUAL) addUsual(ajv, name, usual);
  addLengths(ajv);
  return ajv;
});

const schemaAjv = once(() => new Ajv({ allErrors: true, logger: false }));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Dates that need no calendar, and times of day in UTC without leap seconds. */
const USUAL: readonly (readonly [format: string, usual: RegExp])[] = [
  ['date', /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/],
  ['date-time', /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/],
];

function addUsual(ajv: Ajv, name: string, usual: RegExp): void {
  const { validate } = ajv.formats[name] as { readonly validate: (text: string) => boolean };
  ajv.addFormat(name, (text) => usual.test(text) || validate(text));
}

/** The formats of a schema are all here already; a page loads rare ones when a schema has them. */
export async function loadFormats(_schema: DocumentSchema): Promise<void> {}

/** Lengths are counted in code points; a text has at most as many of them as code units, and at least half as many. */
function addLengths(ajv: Ajv): void {
  const keyword = { type: 'string', schemaType: 'number', before: 'pattern' } as const;
  ajv.removeKeyword('maxLength').addKeyword({
    ...keyword,
    keyword: 'maxLength',
    error: { message: ({ schemaCode }) => str`must NOT have more than ${schemaCode} characters` },
    compile: (limit: number) => (text: string) => text.length <= limit || codePoints(text) <= limit,
  });
  ajv.removeKeyword('minLength').addKeyword({
    ...keyword,
    keyword: 'minLength',
    error: { message: ({ schemaCode }) => str`must NOT have fewer than ${schemaCode} characters` },
    compile: (limit: number) => (text: string) => text.length >= 2 * limit - 1 || codePoints(text) >= limit,
  });
}

function codePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}
