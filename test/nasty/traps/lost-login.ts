import { always, type Trap, type When } from '../trap.ts';

/** The token is no longer valid, from some request on. */
export function lostLogin(when: When = always): Trap {
  const refusal = { status: 401, headers: {}, body: { message: 'token expired' } };
  return { request: (request) => (when(request) ? refusal : undefined) };
}

/** The token ends with the second page of a list. */
export function lostLoginInTheMiddle(): Trap {
  let over = false;
  return lostLogin(({ query }) => {
    over ||= query.after !== undefined || query.cursor !== undefined || Number(query.offset ?? 0) > 0;
    return over;
  });
}
