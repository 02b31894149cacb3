/** What a runner does: at most one job at a time, and at most one of each name waiting. */
export interface JobQueue {
  /** Asks for a job. One of that name that has not begun yet is joined. Resolves when it has run, never rejects. */
  request(job: Job): Promise<void>;
  /** Runs a waiting job now, inside the running one; nothing happens if none of that name waits. */
  runInside(name: string): Promise<void>;
  /** True while a job runs or waits. */
  busy(): boolean;
  /** Resolves when nothing runs or waits. */
  drained(): Promise<void>;
  /** Drops what waits and resolves when the running job has ended. */
  close(): Promise<void>;
}

/** A piece of work. Lower urgency goes first; of the same, the older. */
export interface Job {
  readonly name: string;
  readonly urgency: number;
  /** Must not reject: a failure is part of the work. */
  readonly run: () => Promise<void>;
}

/** A queue that runs one job after the other. */
export function createJobQueue(): JobQueue {
  const waiting = new Map<string, { readonly job: Job; readonly done: Promise<void>; readonly end: () => void }>();
  let working: Promise<void> | null = null;
  let closed = false;

  const take = (name: string) => {
    const entry = waiting.get(name);
    waiting.delete(name);
    return entry;
  };
  const next = () => {
    const first = [...waiting.values()].sort((a, b) => a.job.urgency - b.job.urgency)[0];
    return first && take(first.job.name);
  };
  const work = async () => {
    // Requests of the same moment are collected before the most urgent of them is chosen.
    await Promise.resolve();
    for (let entry = next(); entry !== undefined; entry = next()) {
      await entry.job.run();
      entry.end();
    }
    working = null;
  };

  return {
    request(job) {
      if (closed) return Promise.resolve();
      const joined = waiting.get(job.name);
      if (joined !== undefined) return joined.done;
      let end = () => {};
      const done = new Promise<void>((resolve) => {
        end = resolve;
      });
      waiting.set(job.name, { job, done, end });
      working ??= work();
      return done;
    },
    async runInside(name) {
      const entry = take(name);
      if (entry === undefined) return;
      await entry.job.run();
      entry.end();
    },
    busy: () => working !== null,
    async drained() {
      while (working !== null) await working;
    },
    async close() {
      closed = true;
      for (const { end } of waiting.values()) end();
      waiting.clear();
      await working;
    },
  };
}
