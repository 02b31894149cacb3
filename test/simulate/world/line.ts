import type { Randomness } from '../virtual/randomness.ts';
import type { Process, Scheduler } from '../virtual/scheduler.ts';
import { FAIR, type Weather } from './weather.ts';

/** A line between two processes. */
export interface Line {
  weather: Weather;
  readonly name: string;
  /**
   * Asks the other side. The answer comes, or the request fails with {@link NO_ANSWER}, at once where the line tells that
   * it is broken, else after the time limit.
   */
  ask<T>(question: Question<T>): Promise<T>;
  /** Whether a message gets through now. */
  passes(direction: 'requests' | 'answers'): boolean;
  /** Loses the answers that are on their way. */
  cut(): void;
  /** How long the next message takes, milliseconds. */
  delay(): number;
}

/** A request as it crosses a line. */
export interface Question<T> {
  readonly label: string;
  readonly from: Process;
  /** Who answers at the time of arrival; null: nobody listens. */
  readonly to: () => Process | null;
  /** What the other side does with it. Called once for each copy that arrives. */
  readonly answer: () => Promise<T>;
  readonly timeoutMs: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  /** False where a copy of a request cannot come into being, or is known as one by the other side. */
  readonly duplicates?: boolean;
}

/** Why a request failed that was not answered. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Makes a line with fair weather. */
export function createLine(name: string, scheduler: Scheduler, random: Randomness): Line {
  const passes = (direction: 'requests' | 'answers') => {
    const { blocked, loseRequest, loseAnswer } = line.weather;
    if (blocked === 'both' || blocked === direction) return false;
    return !random.chance(direction === 'requests' ? loseRequest : loseAnswer);
  };
  let cuts = 0;
  const delay = () => 1 + random.int(line.weather.slowest);

  const line: Line = {
    name,
    weather: FAIR,
    ask: <T>({ label, from, to, answer, timeoutMs, signal, duplicates = true }: Question<T>) =>
      new Promise<T>((resolve, reject) => {
        let isOver = false;
        const settle = (end: () => void) => {
          if (isOver) return;
          isOver = true;
          late.cancelled = true;
          signal?.removeEventListener('abort', onAbort);
          end();
        };
        const late = scheduler.after(timeoutMs, from, {
          label: `${label} timeout`,
          run: () => settle(() => reject(new NoAnswer('timeout'))),
        });
        const onAbort = () => settle(() => reject(new NoAnswer('aborted')));
        signal?.addEventListener('abort', onAbort, { once: true });
        if (signal?.aborted) return onAbort();

        const broken = () => {
          // Half of what is lost is noticed soon, as a reset; the rest is silence.
          if (random.chance(0.5)) {
            const run = () => settle(() => reject(new NoAnswer('reset')));
            scheduler.after(delay(), from, { label: `${label} reset`, run });
          }
        };
        const back = (end: () => void) => {
          if (!passes('answers')) return broken();
          const sentAt = cuts;
          const arrived = () => (sentAt === cuts ? settle(end) : broken());
          scheduler.after(delay(), from, { label: `${label} answer`, run: arrived });
        };
        const arrive = () => {
          const receiver = to();
          if (receiver === null || !receiver.alive) return broken();
          scheduler.after(0, receiver, {
            label,
            run: () => {
              const mine = () => receiver.alive;
              answer().then(
                (value) => mine() && back(() => resolve(value)),
                (error: unknown) => mine() && back(() => reject(error as Error)),
              );
            },
          });
        };
        if (!passes('requests')) return broken();
        scheduler.after(delay(), WIRE, { label: `${label} on its way`, run: arrive });
        if (duplicates && random.chance(line.weather.duplicate)) {
          scheduler.after(delay() * 4, WIRE, { label: `${label} copy`, run: arrive });
        }
      }),
    passes,
    delay,
    cut() {
      cuts += 1;
    },
  };
  return line;
}

/** What carries messages: it does not die. */
const WIRE: Process = { name: 'wire', alive: true, clockOffsetMs: 0, timers: 0 };
