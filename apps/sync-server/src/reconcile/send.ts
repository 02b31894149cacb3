import { type Outcome, SystemError, type Write } from '../connectors/connector.ts';
import { isUnanswered } from './calls.ts';
import { messageOf } from './map-records.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** What became of writes; null where nothing was sent because the system failed. */
export interface Sent {
  readonly outcomes: readonly (Outcome | null)[];
  /** The failure that ended the sending early: a SystemError, or a bug of the connector. */
  readonly failure: Error | null;
}

/** Hands writes to the connector. A batch that fails as a whole is halved until the bad write stands alone. */
export async function sendWrites(reach: SystemReach, stream: EngineStream, writes: readonly Write[]): Promise<Sent> {
  const first = await sendOnce(reach, stream, writes);
  if (first.failure !== null || !mustBisect(stream, first.outcomes)) return first;
  const middle = Math.ceil(writes.length / 2);
  const left = await sendWrites(reach, stream, writes.slice(0, middle));
  if (left.failure !== null) {
    return { outcomes: [...left.outcomes, ...writes.slice(middle).map(() => null)], failure: left.failure };
  }
  const right = await sendWrites(reach, stream, writes.slice(middle));
  return { outcomes: [...left.outcomes, ...right.outcomes], failure: right.failure };
}

async function sendOnce(reach: SystemReach, stream: EngineStream, writes: readonly Write[]): Promise<Sent> {
  try {
    const push = (context: Parameters<NonNullable<typeof stream.stream.push>>[1]) => {
      if (stream.stream.push === undefined) throw new Error(`The stream "${stream.name}" cannot be written.`);
      return stream.stream.push(writes, context);
    };
    const answers: unknown = await reach.calls.call(push);
    return { outcomes: writes.map((_write, index) => checkOutcome(answers, index)), failure: null };
  } catch (error) {
    // A connector that was cut off cannot promise that nothing was applied, whatever it throws.
    const certain = error instanceof SystemError && !isUnanswered(error) && !reach.signal.aborted;
    const outcome: Outcome | null = certain ? null : { is: 'unknown', reason: messageOf(error) };
    return {
      outcomes: writes.map(() => outcome),
      failure: error instanceof Error ? error : new Error(messageOf(error)),
    };
  }
}

/** Where one write fails all, an outcome that claims success beside a failure is not to be believed. */
function mustBisect({ stream }: EngineStream, outcomes: Sent['outcomes']): boolean {
  if (stream.traits.batch.fails !== 'all' || outcomes.length < 2) return false;
  const kinds = outcomes.map((outcome) => outcome?.is);
  return !kinds.includes('unknown') && kinds.some((kind) => kind !== 'applied');
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['applied', 'conflict', 'missing', 'rejected', 'retry', 'unknown']);

function checkOutcome(answers: unknown, index: number): Outcome {
  const outcome: unknown = Array.isArray(answers) ? answers[index] : undefined;
  if (outcome === null || typeof outcome !== 'object' || !OUTCOMES.has(Reflect.get(outcome, 'is'))) {
    return { is: 'unknown', reason: 'The connector did not say what became of the write.' };
  }
  const known = outcome as Outcome;
  if (known.is === 'applied' && (typeof known.key !== 'string' || known.key === '')) {
    return { is: 'unknown', reason: 'The connector did not say which record the write was applied to.' };
  }
  return known;
}
