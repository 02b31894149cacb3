import type { HistoryEvent } from '../store/history.ts';

/** True if an event matters to one field: it names the field, or it concerns all of them. */
export function concerns(event: HistoryEvent, field: string): boolean {
  return names(event, field) || event.kind === 'restored' || (event.seq !== null && event.changed === null);
}

/** True if an event says something of a field by its name. */
export function names(event: HistoryEvent, field: string): boolean {
  const { changed, refused, sent, amounts, decisions } = event;
  if (event.field === field) return true;
  if ([changed, refused, sent, amounts].some((part) => part != null && Object.hasOwn(part, field))) return true;
  return decisions?.some((decided) => decided.field === field || decided.field === '*') ?? false;
}
