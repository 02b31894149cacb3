import { isDate, isDateTime } from './calendar-formats.ts';
import type { JsonSchema } from './json-schema.ts';

type Format = (text: string) => boolean;

/** What nearly every schema has; the others, of which there are many, are loaded when a schema has one of them. */
const formats = new Map<string, Format>([
  ['date', isDate],
  ['date-time', isDateTime],
]);

/** What a text of a format is like. Until its format is loaded every text fits, and with an unknown one for ever. */
export function formatOf(name: string): Format {
  return (text) => formats.get(name)?.(text) ?? true;
}

/** Loads the formats of a schema. Rejects where they cannot be loaded. */
export async function loadFormats(schema: JsonSchema): Promise<void> {
  const missing = formatsIn(schema).filter((name) => !formats.has(name));
  if (missing.length === 0) return;
  const { fullFormats } = await import('ajv-formats/dist/formats.js');
  for (const name of missing) formats.set(name, asFunction(Reflect.get(fullFormats, name)));
}

function formatsIn(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  const { format } = value as { readonly format?: unknown };
  return [...(typeof format === 'string' ? [format] : []), ...Object.values(value).flatMap(formatsIn)];
}

function asFunction(format: unknown): Format {
  if (typeof format === 'function') return format as Format;
  if (format instanceof RegExp) return (text) => format.test(text);
  const validate = format !== null && typeof format === 'object' ? Reflect.get(format, 'validate') : undefined;
  if (validate instanceof RegExp) return (text) => validate.test(text);
  return typeof validate === 'function' ? (text) => Boolean(validate(text)) : () => true;
}
