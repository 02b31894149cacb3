import { DatastoreError } from '@datastores/core';
import type { ConnectorPlace, ConnectorSubject } from './place.ts';

/** One check of one claim. */
export interface ConformanceCheck {
  readonly name: string;
  /** The trait or method it is about, e.g. `order` or `get`. */
  readonly trait: string;
  /** Why it says nothing about a stream with these traits; null: it applies. */
  readonly notApplicable: string | null;
  /** Opens a place of its own and closes it. Throws CONNECTOR_DEVIATES; does nothing where it does not apply. */
  run(): Promise<void>;
}

/** A check as its group writes it. */
export interface CheckPlan {
  readonly name: string;
  /** What a stream promises, as the end of "The stream claims that". */
  readonly claim: string;
  /** What an author has to look at when it is not kept. */
  readonly remedy: string;
  readonly notApplicable?: string | null | undefined;
  /** Default 10. */
  readonly pageSize?: number;
  /** Throws by `expectThat` and the like, or whatever the connector throws. */
  readonly run: (place: ConnectorPlace) => Promise<void>;
}

/** Makes the checks of a group. */
export function checksOf(subject: ConnectorSubject, trait: string, plans: readonly CheckPlan[]): ConformanceCheck[] {
  return plans.map((plan) => {
    const notApplicable = plan.notApplicable ?? null;
    const run = async () => {
      if (notApplicable === null) await runPlan(subject, plan);
    };
    return { name: plan.name, trait, notApplicable, run };
  });
}

/** Throws what was seen, unless it is as claimed. */
export function expectThat(kept: boolean, seen: string | (() => string)): asserts kept {
  if (!kept) throw new Seen(typeof seen === 'string' ? seen : seen());
}

/** What was seen and is not as claimed; the check adds claim and remedy. */
class Seen extends Error {
  override readonly name = 'Seen';
}

async function runPlan(subject: ConnectorSubject, plan: CheckPlan): Promise<void> {
  const place = await subject.open(plan.pageSize ?? 10);
  try {
    await plan.run(place);
  } catch (cause) {
    // What was seen counts; that the place cannot be closed after it may well be a consequence.
    await Promise.resolve(place[Symbol.asyncDispose]()).catch(() => {});
    throw deviation(plan, cause);
  }
  await place[Symbol.asyncDispose]();
}

function deviation({ name, claim, remedy }: CheckPlan, cause: unknown): DatastoreError {
  const seen = (cause instanceof Seen ? cause.message : `a call threw ${String(cause)}`).replace(/\.$/, '');
  const message = `The stream claims that ${claim}. Seen: ${seen}.`;
  return new DatastoreError('CONNECTOR_DEVIATES', message, { cause, remedy, details: { check: name, claim, seen } });
}
