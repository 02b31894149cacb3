import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { LinkedDocument, UnlinkedDocument } from '../../store/linked.ts';
import type { BoundStream } from '../bound-stream.ts';
import { type EffectiveRule, fieldOf, isPushed, isSum, sameValue, unsentFields } from '../field-rules.ts';
import { bodyOf } from '../merge-record.ts';
import type { Drift, FieldDrift, Repair } from './comparison.ts';

/** A mapped record; `gone`: a point read has proven that there is none. */
export type SaidFields = Readonly<Record<string, JsonValue | undefined>> | 'gone';

/** What a linked document and its record are to each other; null: the same, as far as the binding is concerned. Pure. */
export function judgeLinked(bound: BoundStream, linked: LinkedDocument, said: SaidFields): Drift | null {
  const { link, document } = linked;
  const here = document === null || document.deleted ? null : bodyOf({ bound }, document);
  const about = { key: link.key, id: link.id };
  if (said === 'gone') return here === null ? null : judgeGone(bound, linked, here);
  if (here === null) {
    const told = document !== null && bound.binding.toRecord !== undefined && bound.binding.deletes !== false;
    return told ? unlessOnTheWay(linked, { ...about, is: 'missing-here', fields: [], repair: 'push' }) : null;
  }
  const fields = differingFields(bound, { base: link.base, here, said });
  if (fields.length === 0) return null;
  const [first] = new Set(fields.map(({ repair }) => repair));
  const repair = fields.every((field) => field.repair === first) ? (first ?? 'none') : 'merge';
  return unlessOnTheWay(linked, { ...about, is: 'different', fields, repair });
}

/** What a document without a record is; only where documents are created over there. */
export function judgeUnlinked({ document, link, lane }: UnlinkedDocument): Drift {
  const drift: Drift = { is: 'missing-there', key: link?.key ?? null, id: document.id, fields: [], repair: 'push' };
  if (link !== null && link.gone !== null) {
    const reason = 'Its record was deleted over there. Delete the document too, or insert it under a new id.';
    return unlessOnTheWay({ lane, waits: false }, { ...drift, repair: 'none', reason });
  }
  return unlessOnTheWay({ lane, waits: false }, drift);
}

/** A record that no living link knows. */
export function missingHere(key: string, id: string | null): Drift {
  return { is: 'missing-here', key, id, fields: [], repair: 'pull' };
}

function judgeGone(bound: BoundStream, linked: LinkedDocument, here: JsonObject): Drift {
  const { link } = linked;
  const unsent = unsentFields(bound.rules, link.base, here);
  const drift: Drift = { is: 'missing-there', key: link.key, id: link.id, fields: [], repair: 'pull' };
  if (unsent.length === 0) return unlessOnTheWay(linked, drift);
  const reason = `The document stays, because ${unsent.join(', ')} changed here.`;
  return unlessOnTheWay(linked, { ...drift, repair: 'none', reason });
}

function unlessOnTheWay({ lane, waits }: Pick<LinkedDocument, 'lane' | 'waits'>, drift: Drift): Drift {
  if (lane === 'clear' && !waits) return drift;
  const reason =
    lane === 'held'
      ? 'A dead letter holds the changes of the document.'
      : lane === 'pending'
        ? 'Changes of the document are on their way.'
        : 'The record waits to be read.';
  return { ...drift, is: 'pending', repair: 'none', reason };
}

interface Sides {
  readonly base: JsonObject;
  readonly here: JsonObject;
  readonly said: Exclude<SaidFields, 'gone'>;
}

function differingFields(bound: BoundStream, { base, here, said }: Sides): readonly FieldDrift[] {
  const drifts: FieldDrift[] = [];
  for (const [field, rule] of bound.rules) {
    const value = Object.hasOwn(said, field) ? said[field] : undefined;
    const was = fieldOf(base, field);
    // What a record does not say is as it was said before.
    const there = value === undefined ? was : (value ?? undefined);
    const ours = fieldOf(here, field);
    if (sameValue(ours, there)) continue;
    const known = value !== undefined || Object.hasOwn(base, field);
    const repair = repairOf(rule, { ours, there, was, known });
    if (repair === null || (repair === 'push' && bound.binding.toRecord === undefined)) continue;
    drifts.push({ field, here: ours ?? null, there: there ?? null, repair });
  }
  return drifts;
}

interface FieldSides {
  readonly ours: JsonValue | undefined;
  readonly there: JsonValue | undefined;
  readonly was: JsonValue | undefined;
  /** The record has said something of the field. */
  readonly known: boolean;
}

/** Which way the ordinary rules take a field; null: it may be as it is. */
function repairOf({ rule, outranked }: EffectiveRule, { ours, there, was, known }: FieldSides): Repair | null {
  if (!isPushed(rule)) {
    const filledByOther = outranked && ours !== undefined && !sameValue(ours, was);
    return known && !filledByOther ? 'pull' : null;
  }
  if (sameValue(there, was)) return 'push';
  if (isSum(rule)) return typeof there !== 'number' ? null : sameValue(ours, was) ? 'pull' : 'merge';
  if ('from' in rule) return 'push';
  if (sameValue(ours, was)) return 'pull';
  if (typeof rule.merge === 'function') return 'merge';
  return rule.merge === 'there' ? 'pull' : 'push';
}
