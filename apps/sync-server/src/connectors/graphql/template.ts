import type { JsonObject, JsonValue } from '@datastores/core/schema';

/** What placeholders stand for, by name; dot paths reach into it. Undefined: there is no such value this time. */
export type Values = Readonly<Record<string, JsonValue | undefined>>;

/**
 * Fills `{name}` and `{name.field}` into a template. A text that is one placeholder becomes its value, of whatever type;
 * the property `...` spreads an object into the one around it. What has no value this time is left out with its property.
 */
export function fill(template: JsonValue, values: Values): JsonValue | undefined {
  if (typeof template === 'string') return fillText(template, values);
  if (Array.isArray(template)) {
    return template.flatMap((entry: JsonValue) => {
      const filled = fill(entry, values);
      return filled === undefined ? [] : [filled];
    });
  }
  if (typeof template !== 'object' || template === null) return template;
  const filled = Object.entries(template).flatMap(([name, entry]): [string, JsonValue][] => {
    const value = fill(entry ?? null, values);
    if (value === undefined) return [];
    return name === '...' ? (Object.entries(value as JsonObject) as [string, JsonValue][]) : [[name, value]];
  });
  return Object.fromEntries(filled);
}

/** Names of the placeholders in a template, with what is behind their first dot. */
export function placeholdersIn(template: JsonValue): readonly { readonly name: string; readonly field?: string }[] {
  return [...JSON.stringify(template).matchAll(PLACEHOLDER)].map(([, name = '', field]) =>
    field === undefined ? { name } : { name, field },
  );
}

function fillText(text: string, values: Values): JsonValue | undefined {
  const [whole] = text.matchAll(PLACEHOLDER);
  if (whole === undefined) return text;
  if (whole[0] === text) return valueIn(whole, values);
  let complete = true;
  const filled = text.replaceAll(PLACEHOLDER, (...found) => {
    const value = valueIn(found, values);
    complete &&= value !== undefined && value !== null;
    return typeof value === 'string' ? value : JSON.stringify(value ?? null);
  });
  return complete ? filled : undefined;
}

function valueIn([, name, field]: readonly unknown[], values: Values): JsonValue | undefined {
  const value = values[String(name)];
  if (field === undefined) return value;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, String(field))
    ? (value as JsonObject)[String(field)]
    : undefined;
}

const PLACEHOLDER = /\{([A-Za-z]\w*)(?:\.([^{}"\\]+))?\}/g;
