import type { PushRow } from '@datastores/core/protocol';
import { type JsonDocument, type JsonObject, sameJson } from '@datastores/core/schema';
import type { Item, Outcome, Write } from '../connector.ts';
import { documentOf, ID_FIELD } from './record.ts';

/** A write as a row of a push; or what became of it without one. */
export type MadeRow = { readonly row: PushRow } | { readonly outcome: Outcome };

/** The id of the document that a write is about. */
export function idOf(write: Write): string {
  if (write.op !== 'create') return write.key;
  const given = write.data[ID_FIELD];
  return typeof given === 'string' ? given : write.ref;
}

/**
 * The row for a write, made of the document as it is over there. `edit` tells the writes of one document apart; a repeat
 * has that of the first time, so that the other server knows it. Pure.
 */
export function makeRow(write: Write, current: Item | undefined, edit: number): MadeRow {
  const id = idOf(write);
  if (write.op === 'create') {
    const doc = documentOf(id, write.data);
    const changed = Object.keys(doc).filter((field) => field !== 'id');
    return { row: { id, base: null, edit, changed, was: {}, doc } };
  }
  if (current === undefined) return { outcome: { is: 'missing' } };
  const { ifVersion } = write;
  if (ifVersion !== undefined && ifVersion !== current.version) return { outcome: { is: 'conflict', current } };
  const base = current.version ?? null;
  const guarded = ifVersion !== undefined;
  if (write.op === 'delete') return { row: { id, base, edit, guarded, changed: [], was: {}, doc: null } };
  const before = documentOf(id, current.data);
  const doc = documentOf(id, { ...current.data, ...write.patch });
  const changed = Object.keys({ ...before, ...doc }).filter((field) => !sameJson(before[field], doc[field]));
  if (changed.length === 0) return { outcome: { is: 'applied', key: id, item: current } };
  return { row: { id, base, edit, guarded, changed, was: valuesOf(before, changed), doc } };
}

function valuesOf(document: JsonDocument, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = document[field];
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
}
