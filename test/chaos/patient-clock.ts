/**
 * A clock that stands still while this process does: where the whole machine is suspended, or all of it is given to
 * somebody else, no process under test could get on either, and that is no fault of theirs.
 */
export interface PatientClock {
  /** Milliseconds, without those in which this process was not run. */
  now(): number;
  /** Rejects after so many of its milliseconds, with a message; `stop` lets go of it. */
  limit(ms: number, message: string): { readonly reached: Promise<never>; stop(): void };
  close(): void;
}

const TICK_MS = 50;
/** A tick that is later than this was not just waiting for its turn. */
const SUSPENDED_MS = 1_000;

/** Starts to watch how the time passes here. */
export function createPatientClock(): PatientClock {
  let lost = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    if (at - last > SUSPENDED_MS) lost += at - last - TICK_MS;
    last = at;
  }, TICK_MS);
  timer.unref();
  const now = () => performance.now() - lost;
  return {
    now,
    limit(ms, message) {
      const end = now() + ms;
      let watch: ReturnType<typeof setInterval>;
      const reached = new Promise<never>((_, reject) => {
        watch = setInterval(() => {
          if (now() >= end) reject(new Error(message));
        }, TICK_MS);
      });
      reached.catch(() => {});
      return { reached, stop: () => clearInterval(watch) };
    },
    close: () => clearInterval(timer),
  };
}
