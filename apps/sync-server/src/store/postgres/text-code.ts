const NEEDS_CODE = '\u0001';

/**
 * A text as PostgreSQL can hold it, which knows no character 0. What is written in its place keeps the order of texts, and
 * texts without the characters 0 and 1, which are nearly all, stay as they are.
 */
export function encodeText(text: string): string {
  if (!text.includes('\0') && !text.includes(NEEDS_CODE)) return text;
  return text.replaceAll(NEEDS_CODE, '\u0001\u0002').replaceAll('\0', '\u0001\u0001');
}

/** The text that {@link encodeText} was given. */
export function decodeText(text: string): string {
  if (!text.includes(NEEDS_CODE)) return text;
  let decoded = '';
  for (let at = 0; at < text.length; at += 1) {
    const isCode = text[at] === NEEDS_CODE;
    if (isCode) at += 1;
    decoded += isCode ? (text[at] === NEEDS_CODE ? '\0' : NEEDS_CODE) : text[at];
  }
  return decoded;
}
