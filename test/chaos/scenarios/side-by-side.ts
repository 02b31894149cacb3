/** Rounds at a time: one waits for its disk, its timers or its line while the other works. */
const AT_ONCE = 2;

/** Runs rounds 0 … count - 1, a few at a time. Rejects, once those that were begun have ended, with the first failure. */
export async function sideBySide(count: number, round: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < count; at = next++) {
      try {
        await round(at);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, count) }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
}
