import { hashText } from './randomness.ts';

/** A simulated process: what it started dies with it, and it has a clock of its own. */
export interface Process {
  readonly name: string;
  alive: boolean;
  /** How far its clock is off, milliseconds. */
  clockOffsetMs: number;
  /** Timers that have not fired and were not cleared. */
  timers: number;
  /** How long it takes until its next turn, milliseconds. */
  turnMs?: number;
  /** When its last turn is that is waited for. */
  turnAt?: number;
}

/** Something that is to happen. */
export interface Event {
  readonly time: number;
  readonly process: Process;
  readonly label: string;
  cancelled: boolean;
  readonly run: () => void;
}

/** What happens next, in virtual time. Nothing happens but by it, one event after the other. */
export interface Scheduler {
  /** Milliseconds since the simulation began. */
  now(): number;
  /** The process that the running event belongs to. */
  current(): Process;
  /**
   * Runs a piece of code as a process, as an event of its own: what it sets off belongs to that process too. Never settles
   * if the process dies first.
   */
  perform<T>(process: Process, label: string, work: () => Promise<T>): Promise<T>;
  after(delayMs: number, process: Process, what: { readonly label: string; readonly run: () => void }): Event;
  /** The time of the next event; null if there is none. */
  peek(): number | null;
  /** Takes the next event off and runs it, without waiting for what follows from it. Null: there was none. */
  step(): Event | null;
}

/** Makes a scheduler. At one moment each process keeps its order; which process goes first follows from the seed. */
export function createScheduler(seed: number): Scheduler {
  const heap: (Event & { readonly rank: number; readonly order: number })[] = [];
  const nobody: Process = { name: 'world', alive: true, clockOffsetMs: 0, timers: 0 };
  let current = nobody;
  let now = 0;
  let orders = 0;

  const isBefore = (a: (typeof heap)[number], b: (typeof heap)[number]) =>
    a.time !== b.time ? a.time < b.time : a.rank !== b.rank ? a.rank < b.rank : a.order < b.order;

  function push(event: (typeof heap)[number]): void {
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as typeof event)) break;
      heap[at] = heap[parent] as typeof event;
      at = parent;
    }
    heap[at] = event;
  }

  function pop(): (typeof heap)[number] | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as typeof last, heap[child] as typeof last)) child += 1;
      if (!isBefore(heap[child] as typeof last, last)) break;
      heap[at] = heap[child] as typeof last;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  function dropDead(): void {
    for (let first = heap[0]; first !== undefined && (first.cancelled || !first.process.alive); first = heap[0]) pop();
  }

  function after(
    delayMs: number,
    process: Process,
    { label, run }: { readonly label: string; readonly run: () => void },
  ) {
    const time = now + delayMs;
    orders += 1;
    const rank = hashText(`${seed} ${process.name} ${time}`);
    const event = { time, process, label, cancelled: false, run, rank, order: orders };
    push(event);
    return event;
  }

  return {
    now: () => now,
    current: () => current,
    perform: (process, label, work) =>
      new Promise((resolve, reject) => {
        after(0, process, { label, run: () => void work().then(resolve, reject) });
      }),
    after,
    peek() {
      dropDead();
      return heap[0]?.time ?? null;
    },
    step() {
      dropDead();
      const event = pop();
      if (event === undefined) return null;
      now = event.time;
      // Left as it is when the event has run: the microtasks that it set off belong to the same process.
      current = event.process;
      event.run();
      return event;
    },
  };
}
