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
    const wait = Math.max(0, dueAt - performance.now());
    timer = setTimeout(
      () => (wait > LONGEST_TIMER_MS ? arm() : startUnlessRunning()),
      Math.min(wait, LONGEST_TIMER_MS),
    );
  }

  /** A wish from inside a run arms the timer before the run has returned; the end of the run arms it again. */
  function startUnlessRunning(): void {
    if (running === null) void start();
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
