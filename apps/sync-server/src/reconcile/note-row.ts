import type { JsonObject } from '@datastores/core/schema';
import { type EventWrite, shortValue } from '../store/history.ts';
import type { OutboxRow } from '../store/outbox.ts';
import type { Draft } from './draft.ts';
import type { FrozenWrite } from './make-write.ts';

/** Adds to the history of a document what became of a write of it. */
export function noteRow(
  draft: Pick<Draft, 'events'>,
  row: Pick<OutboxRow, 'datastore' | 'id' | 'system' | 'stream' | 'writeId'>,
  { kind, detail, once = false }: Pick<EventWrite, 'kind' | 'detail' | 'once'>,
): void {
  const { datastore, id, system, stream, writeId } = row;
  const isDropped = kind === 'dropped';
  const by = isDropped ? 'operator' : `@${system}`;
  const about = { stream: isDropped ? `${system}/${stream}` : stream, writeId };
  draft.events.push({ datastore, id, kind, by, detail: { ...about, ...detail }, once });
}

/** What a write told, for the history: a create only which fields, since the document has the values. */
export function toldBy({ write, sent, amounts }: FrozenWrite): Pick<EventWrite['detail'], 'op' | 'sent' | 'amounts'> {
  const { op } = write;
  const told = { op, ...(Object.keys(amounts).length === 0 ? {} : { amounts }) };
  if (Object.keys(sent).length === 0) return told;
  return { ...told, sent: op === 'create' ? namesOf(sent) : shortened(sent) };
}

function namesOf(sent: JsonObject): Readonly<Record<string, true>> {
  return Object.fromEntries(Object.keys(sent).map((field) => [field, true] as const));
}

function shortened(sent: JsonObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(sent).map(([field, value]) => [field, shortValue(value)]));
}
