import crypto, { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { createRandomness, type Randomness } from './randomness.ts';
import { createScheduler, type Event, type Process, type Scheduler } from './scheduler.ts';

/** The simulated surroundings of one seed: time, timers and randomness of everything that runs in this process. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  /** Lets everything run that follows at once from what just happened. */
  settle(): Promise<void>;
}

/** When the clocks of a simulation start: 1 January 2030. */
const START = Date.UTC(2030, 0, 1);

const realImmediate = globalThis.setImmediate;

let scheduler: Scheduler = createScheduler(0);
let numbers: Randomness = createRandomness(0, 'numbers');
let bytes: Randomness = createRandomness(0, 'bytes');

/** Begins a new simulation. {@link patchGlobals} must have been called before the product was imported. */
export function beginSurroundings(seed: number): Surroundings {
  scheduler = createScheduler(seed);
  numbers = createRandomness(seed, 'numbers');
  bytes = createRandomness(seed, 'bytes');
  return {
    scheduler,
    settle: () => new Promise((resolve) => realImmediate(resolve)),
  };
}

/** Replaces time, timers and randomness of this process for good. */
export function patchGlobals(): void {
  patchTime();
  patchTimers();
  patchRandomness();
  patchCollection();
}

/** When memory is collected is nobody's to foresee: nothing may follow from it. */
function patchCollection(): void {
  globalThis.FinalizationRegistry = class {
    register(): void {}
    unregister(): boolean {
      return false;
    }
  } as unknown as FinalizationRegistryConstructor;
  globalThis.WeakRef = class {
    readonly #target: WeakKey;
    constructor(target: WeakKey) {
      this.#target = target;
    }
    deref(): WeakKey {
      return this.#target;
    }
  } as unknown as WeakRefConstructor;
}

function wallClock(): number {
  return Math.floor(START + scheduler.now() + scheduler.current().clockOffsetMs);
}

function patchTime(): void {
  const RealDate = globalThis.Date;
  class VirtualDate extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(wallClock());
      else super(...(given as [number]));
    }
    static override now = wallClock;
  }
  globalThis.Date = VirtualDate as DateConstructor;
  globalThis.performance.now = () => scheduler.now();
}

function patchTimers(): void {
  const start = (delay: number, label: string, run: () => void): VirtualTimer => {
    const process = scheduler.current();
    process.timers += 1;
    const timer = new VirtualTimer(process);
    timer.event = scheduler.after(delay, process, {
      label,
      run: () => {
        timer.over();
        run();
      },
    });
    return timer;
  };
  const clear = (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.clear();
  };
  const delayOf = (ms: unknown) => Math.max(1, Math.floor(Number(ms) || 0));
  const set = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
    start(delayOf(ms), 'timer', () => run(...args));
  const repeat = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const first = start(delayOf(ms), 'interval', function again() {
      first.renew(start(delayOf(ms), 'interval', again));
      run(...args);
    });
    return first;
  };
  const immediate = (run: (...args: unknown[]) => void, ...args: unknown[]) =>
    start(untilTurn(scheduler.current()), 'immediate', () => run(...args));
  Object.assign(globalThis, {
    setTimeout: set,
    setInterval: repeat,
    setImmediate: immediate,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    // RxDB has one queue of idle callbacks for the whole process; with timers, a simulated crash would stop it for all.
    requestIdleCallback: (run: () => void) => queueMicrotask(run),
  });
}

/** Turns come in the order in which they were asked for. */
function untilTurn(process: Process): number {
  const now = scheduler.now();
  process.turnAt = Math.max(now + (process.turnMs ?? 0), process.turnAt ?? 0);
  return process.turnAt - now;
}

/** What the patched timer functions return. */
class VirtualTimer {
  readonly #process: Process;
  #running = true;
  #next: VirtualTimer | null = null;
  event: Event | null = null;

  constructor(process: Process) {
    this.#process = process;
  }

  over(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#process.timers -= 1;
  }

  renew(next: VirtualTimer): void {
    this.#next = next;
  }

  clear(): void {
    this.over();
    if (this.event !== null) this.event.cancelled = true;
    this.#next?.clear();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function patchRandomness(): void {
  const fill = <T extends ArrayBufferView>(view: T): T => {
    const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let index = 0; index < target.length; index += 1) target[index] = bytes.int(256);
    return view;
  };
  const uuid = () => {
    const raw = fill(new Uint8Array(16));
    raw[6] = ((raw[6] as number) & 0x0f) | 0x40;
    raw[8] = ((raw[8] as number) & 0x3f) | 0x80;
    const hex = Buffer.from(raw).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
  Math.random = () => numbers.next();
  Object.assign(globalThis.crypto, { randomUUID: uuid, getRandomValues: fill });
  Object.assign(crypto, {
    randomUUID: uuid,
    randomFillSync: fill,
    randomBytes: (size: number) => Buffer.from(fill(new Uint8Array(size))),
  });
  syncBuiltinESMExports();
  // The real one answers from another thread, whenever that is done.
  const digest = async (_algorithm: unknown, data: Uint8Array) => {
    const hash = createHash('sha256').update(data).digest();
    return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.byteLength);
  };
  Object.assign(globalThis.crypto.subtle, { digest });
}
