const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The JSON text of one field of a document, of which `text` is the JSON text without white space; undefined if it has no
 * such field. Many times cheaper than to parse a document of which one field is looked at.
 */
export function fieldText(text: string, field: string): string | undefined {
  const name = JSON.stringify(field);
  for (let at = 1; text.charCodeAt(at) === QUOTE; ) {
    const colon = endOfText(text, at);
    const end = endOfValue(text, colon + 1);
    if (colon - at === name.length && text.startsWith(name, at)) return text.slice(colon + 1, end);
    at = end + 1;
  }
  return undefined;
}

/** Where the value that starts at `start` of a JSON text without white space ends. */
export function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfText(text, start);
  if (first === OPEN || first === OPEN_LIST) return endOfNested(text, start);
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== CLOSE) at += 1;
  return at;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfText(text, at) - 1;
    else if (code === OPEN || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE || code === CLOSE_LIST) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Where the JSON string that starts at `start` ends. */
export function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
