import { Subject } from 'rxjs';
import { createSlices } from './slices.ts';

/** Changes that wait for their turn in the background, in order. */
export interface ChangeQueue<T> {
  add(changes: readonly T[]): void;
  isEmpty(): boolean;
  /** Resolves when what was added before is done. */
  settled(): Promise<void>;
  /** Emits whenever the queue has been emptied. */
  readonly idle$: Subject<void>;
  close(): void;
}

/** A few changes are done at once, so that what is written is found by the next search; many in slices. */
export function createChangeQueue<T>(apply: (change: T) => void): ChangeQueue<T> {
  const idle$ = new Subject<void>();
  let waiting: T[] = [];
  let at = 0;
  let working: Promise<void> | undefined;
  let closed = false;

  /** Goes on until the end of a slice. */
  function work(due: () => boolean): void {
    while (at < waiting.length && !due() && !closed) {
      at += 1;
      apply(waiting[at - 1] as T);
    }
    if (at < waiting.length) return;
    waiting = [];
    at = 0;
  }

  async function workOn(): Promise<void> {
    const slices = createSlices();
    while (waiting.length > 0 && !closed) {
      await slices.next();
      work(slices.due);
    }
    working = undefined;
    if (!closed) idle$.next();
  }

  return {
    idle$,
    add(changes) {
      if (closed) return;
      const isFirst = waiting.length === 0;
      waiting.push(...changes);
      if (!isFirst) return;
      work(createSlices().due);
      if (waiting.length > 0) working ??= workOn();
      else idle$.next();
    },
    isEmpty: () => waiting.length === 0,
    settled: async () => working,
    close() {
      closed = true;
      waiting = [];
      idle$.complete();
    },
  };
}
