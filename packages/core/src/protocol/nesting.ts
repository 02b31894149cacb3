/** Text up to which nobody looks: however deep it is nested, it is parsed in a few milliseconds. */
const SHORT = 128 * 1024;

/** Deepest nesting that is parsed. Documents end at 32 levels; rows that are deeper are to be refused one by one. */
const MAX_NESTING = 30_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * True for JSON text that is nested deeper than anything that is worth being parsed. Four million brackets are small as a
 * text; as objects they take seconds to make, in which nobody else is served, and a hundred times the memory.
 */
export function isNestedTooDeep(text: string): boolean {
  if (text.length <= SHORT) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (code === BACKSLASH) at += 1;
    else if (quoted) continue;
    else if (code === OPEN || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE || code === CLOSE_LIST) depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}
