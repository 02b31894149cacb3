/** True if a key comes before another by code point, as the store orders them. JavaScript alone compares UTF-16. */
export function isBefore(key: string, other: string): boolean {
  return compareKeys(key, other) < 0;
}

function compareKeys(key: string, other: string): number {
  // Only beyond U+FFFF the two orders are not the same.
  if (!BEYOND.test(key) && !BEYOND.test(other)) return key < other ? -1 : key > other ? 1 : 0;
  return Buffer.compare(Buffer.from(key), Buffer.from(other));
}

const BEYOND = /[\ud800-\udfff]/;
