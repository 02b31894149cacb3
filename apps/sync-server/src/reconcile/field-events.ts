import type { HistoryEvent } from '../store/history.ts';

/** The events that matter to one field: they name it, belong to a write that told it, or concern all fields. */
export function eventsOf(history: readonly HistoryEvent[], field: string): readonly HistoryEvent[] {
  const writes = new Set(history.flatMap((event) => (names(event, field) ? (event.writeId ?? []) : [])));
  const isOfWrite = ({ writeId }: HistoryEvent) => writeId !== undefined && writes.has(writeId);
  const isOfAll = ({ kind, seq, changed }: HistoryEvent) => kind === 'restored' || (seq !== null && changed === null);
  return history.filter((event) => names(event, field) || isOfWrite(event) || isOfAll(event));
}

/** True if an event says something of a field by its name. */
export function names(event: HistoryEvent, field: string): boolean {
  const { changed, refused, sent, amounts, decisions } = event;
  if (event.field === field) return true;
  if ([changed, refused, sent, amounts].some((part) => part != null && Object.hasOwn(part, field))) return true;
  return decisions?.some((decided) => decided.field === field || decided.field === '*') ?? false;
}
