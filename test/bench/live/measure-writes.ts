import type { Groups } from './groups.ts';

/** The share of writes that only warms up and is not counted. */
const WARM_UP = 0.1;

/** Pause between two writes: the one before has arrived everywhere, and what it left to do is done. */
const PAUSE_MS = 5;

/**
 * Has one client write one value after the other and returns, for each write and each other client, the milliseconds from
 * the call of the write until the client had it.
 */
export async function measureWrites(
  { writer, observers }: Pick<Groups, 'writer' | 'observers'>,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<readonly number[]> {
  const measured: number[] = [];
  const warmUp = Math.ceil(count * WARM_UP);
  for (let number = 0; number < warmUp + count; number += 1) {
    const value = first + number;
    const [begun, ...arrivals] = await Promise.all([
      writer.ask('write', { value }),
      ...observers.map((observer) => observer.ask('seen', { value })),
    ]);
    if (number >= warmUp) measured.push(...arrivals.flat().map((at) => at - begun));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return measured;
}
