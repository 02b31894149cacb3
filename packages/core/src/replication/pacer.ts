/** Runs one function again and again, never twice at once, each time as early as anybody asked for. */
export interface Pacer {
  /** Run in at most `ms` milliseconds; a run that is under way is followed by another. */
  wakeIn(ms: number): void;
  /** Run now and resolve after that run; one that is under way is waited for first. */
  runNow(): Promise<void>;
  /** Forget what was asked for, e.g. because there is nobody to talk to. */
  rest(): void;
  /** Starts nothing more; resolves after the run that is under way. */
  close(): Promise<void>;
}

/** Longest delay that a timer of the platform takes; a later time is reached in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `run` must not throw: what fails is its own matter. */
export function createPacer(run: () => Promise<void>): Pacer {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let running: Promise<void> | null = null;
  let closed = false;

  function start(): Promise<void> {
    rest();
    running = run().finally(() => {
      running = null;
      arm();
    });
    return running;
  }

  function arm(): void {
    clearTimeout(timer);
    if (closed || running !== null || dueAt === Number.POSITIVE_INFINITY) return;
    const wait = dueAt - performance.now();
    // A timer takes a millisecond at least.
    if (wait <= 0) queueMicrotask(startIfDue);
    else timer = setTimeout(arm, Math.min(wait, LONGEST_TIMER_MS));
  }

  /** What was asked for may have been forgotten meanwhile, or a run that was asked for more than once has begun. */
  function startIfDue(): void {
    if (running === null && !closed && dueAt <= performance.now()) void start();
  }

  function rest(): void {
    clearTimeout(timer);
    dueAt = Number.POSITIVE_INFINITY;
  }

  return {
    wakeIn(ms) {
      dueAt = Math.min(dueAt, performance.now() + ms);
      arm();
    },
    async runNow() {
      while (running !== null) await running;
      if (!closed) await start();
    },
    rest,
    async close() {
      closed = true;
      rest();
      await running;
    },
  };
}
