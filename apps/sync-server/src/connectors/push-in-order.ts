import { type Outcome, SystemError, type Write } from './connector.ts';

/**
 * Makes writes one after the other. A SystemError is thrown only while nothing was applied yet, as `Stream.push` promises;
 * later it leaves the rest of the writes to be repeated.
 */
export async function pushInOrder(
  writes: readonly Write[],
  pushOne: (write: Write) => Promise<Outcome | SystemError>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const write of writes) {
    const outcome = await pushOne(write);
    if (!(outcome instanceof SystemError)) {
      outcomes.push(outcome);
      continue;
    }
    if (!outcomes.some(({ is }) => is === 'applied' || is === 'unknown')) throw outcome;
    const { afterMs } = outcome;
    const rest: Outcome = { is: 'retry', reason: outcome.message, ...(afterMs !== undefined && { afterMs }) };
    outcomes.push(...writes.slice(outcomes.length).map(() => rest));
    break;
  }
  return outcomes;
}
