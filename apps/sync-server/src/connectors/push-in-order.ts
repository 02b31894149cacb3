import { type Outcome, SystemError, type Write } from './connector.ts';

/**
 * Makes writes one after the other. A SystemError is thrown only while nothing was applied yet, as `Stream.push` promises;
 * later it leaves the rest of the writes to be repeated.
 */
export async function pushInOrder(
  writes: readonly Write[],
  pushOne: (write: Write) => Promise<Outcome | SystemError>,
): Promise<Outcome[]> {
  const outcomes = await pushParts(eachAlone(writes), async ([write]) => {
    const outcome = await pushOne(write as Write);
    return outcome instanceof SystemError ? outcome : [outcome];
  });
  if (outcomes instanceof SystemError) throw outcomes;
  return outcomes;
}

/** As {@link pushInOrder}, for writes of which several are made at once. The SystemError is returned. */
export async function pushParts<T>(
  parts: readonly (readonly T[])[],
  pushPart: (part: readonly T[]) => Promise<readonly Outcome[] | SystemError>,
): Promise<Outcome[] | SystemError> {
  const outcomes: Outcome[] = [];
  const left = parts.map((part) => part.length);
  for (const part of parts) {
    const made = await pushPart(part);
    if (!(made instanceof SystemError)) {
      outcomes.push(...made);
      left.shift();
      continue;
    }
    if (!outcomes.some(({ is }) => is === 'applied' || is === 'unknown')) return made;
    const { afterMs } = made;
    const rest: Outcome = { is: 'retry', reason: made.message, ...(afterMs !== undefined && { afterMs }) };
    for (let count = left.reduce((sum, length) => sum + length, 0); count > 0; count -= 1) outcomes.push(rest);
    break;
  }
  return outcomes;
}

/** Parts of one. */
export function eachAlone<T>(list: readonly T[]): readonly (readonly T[])[] {
  return list.map((one) => [one]);
}
