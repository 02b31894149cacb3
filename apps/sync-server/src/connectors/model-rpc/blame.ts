import type { Outcome } from '../connector.ts';
import type { Field } from './orm.ts';

/**
 * A refusal that names its field, where the message tells: systems speak of fields by what people see, in their language.
 * Only fields that the write sets are looked for, long names first, so that "Unit price" is not taken for "Price".
 */
export function blame(reason: string, fields: readonly Field[]): Extract<Outcome, { is: 'rejected' }> {
  const byLength = [...fields].sort((a, b) => b.label.length - a.label.length);
  const field =
    byLength.find(({ name }) => stands(reason, name) && reason.includes(`(${name})`)) ??
    byLength.find(({ label }) => QUOTES.some(([open, close]) => reason.includes(`${open}${label}${close}`))) ??
    byLength.find(({ name, label }) => stands(reason, label) || stands(reason, name));
  if (!field) return { is: 'rejected', reason };
  return {
    is: 'rejected',
    reason: stands(reason, field.name) ? reason : `${field.name}: ${reason}`,
    field: field.name,
  };
}

/** As a word of its own. */
function stands(text: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return word !== '' && new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, 'u').test(text);
}

const QUOTES = ['""', "''", '«»', '“”', '„“', '‘’'].map((pair) => [pair[0], pair[1]] as const);
