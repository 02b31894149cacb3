import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import type { AskedField, AskedFields, Link } from '../store/link.ts';
import type { MergedRecord } from './apply-record.ts';
import type { Draft } from './draft.ts';
import { type FieldRules, fieldOf, isAsk, sameValue, unsentFields } from './field-rules.ts';

/**
 * What a person is asked about after a merge; null: nothing. A question keeps the time since when the two sides differ, also
 * where what they say has changed meanwhile.
 */
export function askedOf(draft: Draft, link: Link, merged: MergedRecord): AskedFields | null {
  if (merged.asked.size === 0) return null;
  const { datastore, id, stream, key, asked: before } = link;
  const fields = [...merged.asked].map(([field, there]): [string, AskedField] => {
    const known = askedField(before, field);
    if (known === null) {
      const reason = `The field "${field}" was changed here and over there; a person is asked.`;
      draft.notes.push({ event: 'question-asked', key: key ?? '', reason });
      const detail = { stream, key: key ?? '', field, reason };
      draft.events.push({ datastore, id, kind: 'asked', by: draft.bound.author, detail });
    }
    return [field, { there, since: known?.since ?? draft.current.now }];
  });
  return Object.fromEntries(fields);
}

/** True if both hold the same questions, with the same values. */
export function sameAsked(a: AskedFields | null, b: AskedFields | null): boolean {
  return a === b || (a !== null && b !== null && textOf(a) === textOf(b));
}

/** True if a question has settled itself by a change here, or is none any more under the rules: the next reading decides. */
export function isSettled(rules: FieldRules, link: Link, document: JsonObject): boolean {
  return Object.keys(link.asked ?? {}).some((field) => !isOpen(rules, link, { field, document }));
}

/** True if a field is asked about and both sides still say something else than each other and than the base. */
export function isOpen(
  rules: FieldRules,
  { base, asked }: Pick<Link, 'base' | 'asked'>,
  { field, document }: { readonly field: string; readonly document: JsonObject },
): boolean {
  const question = askedField(asked, field);
  const effective = rules.get(field);
  if (question === null || effective === undefined || !isAsk(effective.rule)) return false;
  const here = fieldOf(document, field);
  return !sameValue(here, fieldOf(base, field)) && !sameValue(here, question.there);
}

/** What the system was not told, and what a person is asked about: everything here that a deletion would take away. */
export function untoldFields(rules: FieldRules, link: Link, document: JsonObject): readonly string[] {
  return unsentFields(rules, { base: link.base, asked: null }, document);
}

function textOf(asked: AskedFields): string {
  return canonicalJson(asked as unknown as JsonObject);
}

/** The question about a field; null: there is none. */
export function askedField(asked: AskedFields | null, field: string): AskedField | null {
  return asked !== null && Object.hasOwn(asked, field) ? (asked[field] ?? null) : null;
}
