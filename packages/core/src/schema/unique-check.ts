import { isOfType } from './is-of-type.ts';
import type { JsonSchema, JsonType } from './json-schema.ts';
import type { Check } from './validator-shape.ts';

/** Names two items that are the same. Where items are plain values, those of another type are left out: they are told anyway. */
export function uniqueCheck(items: JsonSchema | undefined): Check {
  const types = items?.type === undefined ? [] : [items.type].flat();
  const isPlain = types.length > 0 && !types.includes('object') && !types.includes('array');
  return (value, path, faults) => {
    const list = value as readonly unknown[];
    const same = isPlain ? samePlain(list, types) : sameOfAny(list);
    if (same === null) return;
    const message = `must NOT have duplicate items (items ## ${same[0]} and ${same[1]} are identical)`;
    faults.push({ keyword: 'uniqueItems', params: {}, instancePath: path, message });
  };
}

type Pair = readonly [number, number];

function samePlain(list: readonly unknown[], types: readonly JsonType[]): Pair | null {
  const seen = new Map<unknown, number>();
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const item = list[at];
    if (!types.some((type) => isOfType(item, type))) continue;
    const other = seen.get(item);
    if (other !== undefined) return [other, at];
    seen.set(item, at);
  }
  return null;
}

function sameOfAny(list: readonly unknown[]): Pair | null {
  const texts = list.map(sortedText);
  for (let at = texts.length - 1; at > 0; at -= 1) {
    const other = texts.lastIndexOf(texts[at] as string, at - 1);
    if (other >= 0) return [other, at];
  }
  return null;
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isOfType(inner, 'object')
      ? Object.fromEntries(Object.entries(inner as object).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
