import { fullFormats } from 'ajv-formats/dist/formats.js';

/** What a text of a format is like. Throws nothing; an unknown format, which a declaration cannot have, fits every text. */
export function formatOf(name: string): (text: string) => boolean {
  const format: unknown = Reflect.get(fullFormats, name);
  if (typeof format === 'function') return format as (text: string) => boolean;
  if (format instanceof RegExp) return (text) => format.test(text);
  const validate = format !== null && typeof format === 'object' ? Reflect.get(format, 'validate') : undefined;
  if (validate instanceof RegExp) return (text) => validate.test(text);
  return typeof validate === 'function' ? (text) => Boolean(validate(text)) : () => true;
}
