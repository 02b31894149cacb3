import type { Context } from '../../connector.ts';
import type { OpenSlot } from './open-slot.ts';

/** Tells, in the log and at most once an hour for each slot, that a slot holds back much of the log of the database. */
export function createRetainedWatch() {
  const told = new Map<string, number>();
  return {
    looked({ names, state }: OpenSlot, context: Context): void {
      const { slot } = state;
      if (slot === null || (slot.retained < MUCH_BYTES && (slot.safe === null || slot.safe > MUCH_BYTES))) return;
      const now = context.now();
      if (now - (told.get(names.slot) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
      told.set(names.slot, now);
      context.log('slot-holds-log', {
        stream: names.stream,
        slot: names.slot,
        retainedBytes: slot.retained,
        ...(slot.safe !== null && { lostAfterBytes: slot.safe }),
        remedy: 'Look for a transaction that has been open for long, and whether the stream is pulled regularly.',
      });
    },
  };
}

const MUCH_BYTES = 1024 ** 3;
const AGAIN_MS = 60 * 60_000;
