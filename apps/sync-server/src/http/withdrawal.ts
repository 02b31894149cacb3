import { DatastoreError } from '@datastores/core';
import type { Caller } from '@datastores/core/protocol';
import type { Clock } from '../clock.ts';

/** Says whether the access of a caller was withdrawn although its token still holds. */
export type IsWithdrawn = (caller: Caller) => boolean | Promise<boolean>;

/** After so long it is asked again, so that a request and the streams of one caller do not ask each for themselves. */
const KNOWN_MS = 2_000;

/**
 * Asks about each caller every two seconds at most. What cannot be asked withdraws nothing and grants nothing: it throws
 * SERVER_FAILED, which is repeated.
 */
export function createWithdrawal(isWithdrawn: IsWithdrawn, clock: Clock): (caller: Caller) => Promise<boolean> {
  const known = new WeakMap<Caller, { readonly answer: Promise<boolean>; readonly until: number }>();
  return async (caller) => {
    const before = known.get(caller);
    const now = clock.now();
    if (before !== undefined && now < before.until && before.until <= now + KNOWN_MS) return before.answer;
    const answer = ask(isWithdrawn, caller);
    known.set(caller, { answer, until: now + KNOWN_MS });
    return answer;
  };
}

async function ask(isWithdrawn: IsWithdrawn, caller: Caller): Promise<boolean> {
  try {
    return await isWithdrawn(caller);
  } catch (cause) {
    throw new DatastoreError('SERVER_FAILED', 'Whether the token was withdrawn cannot be found out at the moment.', {
      cause,
      remedy: 'Look at auth.isWithdrawn in the configuration of the server; the request is repeated.',
    });
  }
}
