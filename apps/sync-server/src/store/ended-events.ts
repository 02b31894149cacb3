import type { HistoryEvent, HistoryLimits } from './history.ts';

/** One kept event and its number. */
export interface KeptEvent {
  readonly number: number;
  readonly event: HistoryEvent;
}

/**
 * Numbers of the events of a document that are too many or too old. What the value of a field of a living document rests
 * on stays.
 */
export function endedEvents(
  events: readonly KeptEvent[],
  { maxEvents, before }: HistoryLimits,
  lives: () => boolean,
): readonly number[] {
  const isOver = ({ event }: KeptEvent, index: number) => events.length - index > maxEvents || event.at < before;
  if (!events.some(isOver)) return [];
  const living = lives();
  const explained = new Set<string>();
  const ended: number[] = [];
  for (const [index, kept] of [...events.entries()].reverse()) {
    const fields = Object.keys(kept.event.changed ?? {});
    const isNeeded = living && fields.some((field) => !explained.has(field));
    for (const field of fields) explained.add(field);
    if (isOver(kept, index) && !isNeeded) ended.push(kept.number);
  }
  return ended;
}
