import { endOfText, endOfValue } from './field-text.ts';
import { cutText, SHORT_LENGTH } from './history.ts';

/**
 * The fields in which two canonical JSON texts of a document differ, as the JSON text of `{field: {was, is}}`. Walks both
 * texts side by side: to parse them costs more than to store them.
 */
export function changedFields(before: string, after: string): string {
  let changed = '';
  let a = fieldAt(before, 1);
  let b = fieldAt(after, 1);
  while (a !== null || b !== null) {
    const order = orderOf(a, b);
    const was = order <= 0 && a !== null ? before.slice(a.from, a.to) : null;
    const is = order >= 0 && b !== null ? after.slice(b.from, b.to) : null;
    if (was !== is) changed += `${changed === '' ? '' : ','}${(was === null ? b : a)?.name}:${sidesOf(was, is)}`;
    if (order <= 0 && a !== null) a = fieldAt(before, a.to + 1);
    if (order >= 0 && b !== null) b = fieldAt(after, b.to + 1);
  }
  return `{${changed}}`;
}

interface Field {
  /** JSON text of the name. */
  readonly name: string;
  /** Where the value is. */
  readonly from: number;
  readonly to: number;
}

function fieldAt(text: string, at: number): Field | null {
  if (text.charCodeAt(at) !== 0x22) return null;
  const colon = endOfText(text, at);
  return { name: text.slice(at, colon), from: colon + 1, to: endOfValue(text, colon + 1) };
}

function orderOf(a: Field | null, b: Field | null): number {
  if (a === null) return 1;
  if (b === null) return -1;
  if (a.name === b.name) return 0;
  // Escapes sort otherwise than what they stand for, and a quotation mark otherwise than a longer name.
  const [first, second] = [JSON.parse(a.name) as string, JSON.parse(b.name) as string];
  return first < second ? -1 : 1;
}

function sidesOf(was: string | null, is: string | null): string {
  if (was === null) return `{"is":${short(is ?? 'null')}}`;
  return is === null ? `{"was":${short(was)}}` : `{"was":${short(was)},"is":${short(is)}}`;
}

function short(value: string): string {
  return value.length <= SHORT_LENGTH ? value : JSON.stringify(cutText(value));
}
