import { type EventDetail, type FieldDecided, shortValue } from '../store/history.ts';
import type { FieldDecision, MergedRecord } from './apply-record.ts';
import type { Draft } from './draft.ts';
import type { MappedRecord } from './map-records.ts';

/** What the history says of the merge of a record. */
export function detailOf(
  { bound }: Pick<Draft, 'bound'>,
  { key }: Pick<MappedRecord, 'key'>,
  { decisions, rules, refused }: Pick<MergedRecord, 'decisions' | 'rules' | 'refused'>,
): EventDetail {
  const said = Object.entries(refused);
  return {
    stream: bound.binding.stream,
    key,
    ...(Object.keys(rules).length === 0 ? {} : { rules }),
    ...(decisions.length === 0 ? {} : { decisions: decisions.map(decidedOf) }),
    ...(said.length === 0
      ? {}
      : { refused: Object.fromEntries(said.map(([field, no]) => [field, { ...no, said: shortValue(no.said) }])) }),
  };
}

/** A record that met its document for the first time, or that said something that was not taken, leaves it as it is. */
export function noteUnchanged(
  draft: Draft,
  record: Pick<MappedRecord, 'key'>,
  { id, merged, first }: { readonly id: string; readonly merged: MergedRecord; readonly first: boolean },
): void {
  if (!first && merged.decisions.length === 0 && Object.keys(merged.refused).length === 0) return;
  const { binding, author: by } = draft.bound;
  const kind = first ? 'adopted' : 'kept';
  draft.events.push({ datastore: binding.datastore.name, id, kind, by, detail: detailOf(draft, record, merged) });
}

function decidedOf({ field, rule, base, here, there, result }: FieldDecision): FieldDecided {
  return {
    field,
    rule,
    base: shortValue(base),
    server: shortValue(here),
    proposed: shortValue(there),
    result: shortValue(result),
  };
}
