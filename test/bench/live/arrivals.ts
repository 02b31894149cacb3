/** Longest time until a value is everywhere; more is no slowness but a fault. */
const LOST_AFTER_MS = 60_000;

/** Notes when one client has seen which value. */
export interface Arrivals {
  /** The client has this value now, with whatever came before it. */
  arrived(value: number): void;
  /** When it had the value, or a later one at once; waits for that. One at a time. */
  at(value: number): Promise<number>;
}

/** Makes the notes of one client. */
export function createArrivals(now: () => number): Arrivals {
  const seen: { readonly value: number; readonly time: number }[] = [];
  let waiting: { readonly value: number; readonly resolve: (time: number) => void } | null = null;
  return {
    arrived(value) {
      const newest = seen.at(-1);
      if (newest !== undefined && value <= newest.value) return;
      const time = now();
      seen.push({ value, time });
      if (waiting === null || waiting.value > value) return;
      waiting.resolve(time);
      waiting = null;
    },
    at: (value) =>
      new Promise((resolve, reject) => {
        const known = seen.find((arrival) => arrival.value >= value);
        if (known !== undefined) return resolve(known.time);
        const timer = setTimeout(() => reject(new Error(`The value ${value} did not arrive.`)), LOST_AFTER_MS);
        waiting = {
          value,
          resolve: (time) => {
            clearTimeout(timer);
            resolve(time);
          },
        };
      }),
  };
}
