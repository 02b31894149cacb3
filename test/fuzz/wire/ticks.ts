/** Length of a tick, in milliseconds. */
const TICK_MS = 1_000;

/**
 * Calls back after so many seconds in which this process ran. A machine or a process that is stopped for a while counts as
 * one of them at most, so nothing is taken for silent that nobody listened to. Returns how to call it off.
 */
export function afterSeconds(seconds: number, call: () => void): () => void {
  let left = seconds;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    call();
  }, TICK_MS);
  return () => clearInterval(timer);
}
