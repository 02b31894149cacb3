import { expect, test } from 'vitest';
import {
  type Election,
  type ElectionAction,
  type ElectionEvent,
  NOT_YET_ELECTED,
  nextElection,
} from '../../../packages/browser/src/tabs/election.ts';

const waiting = (missed: number): Election => ({ role: 'waiting', missed });
const leading: Election = { role: 'leading', missed: 0 };
const closed: Election = { role: 'closed', missed: 0 };

test.each<[Election, ElectionEvent, Election, ElectionAction[]]>([
  [waiting(0), 'tick', waiting(1), ['call']],
  [waiting(3), 'tick', waiting(4), ['call']],
  [waiting(4), 'tick', waiting(0), ['steal']],
  [waiting(3), 'heard', waiting(0), []],
  [waiting(2), 'granted', leading, ['begin']],
  [waiting(2), 'lost', waiting(0), ['queue']],
  [waiting(2), 'closed', closed, []],
  [leading, 'tick', leading, []],
  [leading, 'heard', leading, []],
  [leading, 'granted', leading, []],
  [leading, 'lost', waiting(0), ['end', 'queue']],
  [leading, 'closed', closed, ['end']],
  [closed, 'tick', closed, []],
  [closed, 'heard', closed, []],
  [closed, 'granted', closed, []],
  [closed, 'lost', closed, []],
  [closed, 'closed', closed, []],
])('%j, %s: %j, %j', (...[state, event, next, actions]) => {
  expect(nextElection(state, event)).toEqual({ state: next, actions });
});

test('a leading tab that never answers is replaced after five calls, and one that answers one in four never', () => {
  const actions = (events: readonly ElectionEvent[]) => {
    let state = NOT_YET_ELECTED;
    return events.flatMap((event) => {
      const step = nextElection(state, event);
      state = step.state;
      return step.actions;
    });
  };

  expect(actions(['tick', 'tick', 'tick', 'tick', 'tick'])).toEqual(['call', 'call', 'call', 'call', 'steal']);
  const answering = Array.from({ length: 40 }, (_, at): ElectionEvent => (at % 4 === 3 ? 'heard' : 'tick'));
  expect(actions(answering)).not.toContain('steal');
});
