/** Where one tab stands in the election of the tab that replicates. */
export interface Election {
  /** `waiting`: another tab leads, as far as is known. */
  readonly role: 'waiting' | 'leading' | 'closed';
  /** Calls that the leading tab has not answered since it was heard the last time. */
  readonly missed: number;
}

/** What happens to a tab. */
export type ElectionEvent =
  /** Time to look after the leading tab. */
  | 'tick'
  /** The leading tab was heard. */
  | 'heard'
  /** The lock is held by this tab now. */
  | 'granted'
  /** The lock was taken away from this tab. */
  | 'lost'
  | 'closed';

/** What the tab is to do then, in order. */
export type ElectionAction =
  /** Call the leading tab, which answers. */
  | 'call'
  /** Ask for the lock, to be granted when whoever has it lets go of it or is gone. */
  | 'queue'
  /** Take the lock away from whoever has it. */
  | 'steal'
  | 'begin'
  | 'end';

/** The state after an event, and what is to be done. */
export interface ElectionStep {
  readonly state: Election;
  readonly actions: readonly ElectionAction[];
}

/** Before anything has happened: the tab has asked for the lock. */
export const NOT_YET_ELECTED: Election = { role: 'waiting', missed: 0 };

/** How often a waiting tab calls the leading one, milliseconds. */
export const CALL_EVERY_MS = 750;

/** A tab that has left so many calls unanswered is frozen, or busy for longer than the others can wait. */
const MOST_MISSED = 4;

/**
 * The election of the tab that replicates. Pure.
 *
 * The lock of the platform decides: whoever holds it leads, and when a tab is closed or killed the platform grants it to the
 * next one at once. But a frozen tab keeps its locks, and so does one that hangs. Therefore the waiting tabs call the leading
 * one, and one that gets no answer for some calls in a row steals the lock. Calls are counted, not time: the timers of a
 * tab in the background run once a second or a minute, and a tab that was frozen itself would take its own absence for the
 * other's silence. Answers come out of message handlers, which are not slowed down in the background.
 *
 * ```
 * waiting ──granted──► leading ──lost──► waiting
 *    └──tick, nobody answers: steal──┘
 * ```
 */
export function nextElection(state: Election, event: ElectionEvent): ElectionStep {
  if (state.role === 'closed') return { state, actions: [] };
  if (event === 'closed') {
    return { state: { role: 'closed', missed: 0 }, actions: state.role === 'leading' ? ['end'] : [] };
  }
  if (state.role === 'leading') {
    if (event !== 'lost') return { state, actions: [] };
    return { state: NOT_YET_ELECTED, actions: ['end', 'queue'] };
  }
  switch (event) {
    case 'granted':
      return { state: { role: 'leading', missed: 0 }, actions: ['begin'] };
    case 'heard':
      return { state: NOT_YET_ELECTED, actions: [] };
    case 'tick':
      if (state.missed >= MOST_MISSED) return { state: NOT_YET_ELECTED, actions: ['steal'] };
      return { state: { role: 'waiting', missed: state.missed + 1 }, actions: ['call'] };
    case 'lost':
      // Stolen before this tab had heard that it had the lock.
      return { state: NOT_YET_ELECTED, actions: ['queue'] };
  }
}
