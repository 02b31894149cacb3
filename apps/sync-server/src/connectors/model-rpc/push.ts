import { type Item, type Outcome, SystemError, type Write } from '../connector.ts';
import { blame } from './blame.ts';
import { findByRef } from './find.ts';
import type { Made } from './orm.ts';
import { type Planned, planRun, splitRuns } from './plan-writes.ts';
import { getItems, type Reading } from './reading.ts';

/**
 * Makes writes in their order, those of one kind that follow each other in one call and so in one transaction. A call
 * that is refused is halved until the bad write is alone. A SystemError is thrown only while nothing was made.
 */
export async function pushWrites(reading: Reading, writes: readonly Write[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let made = false;
  for (const run of splitRuns(writes, reading.orm.updatesAtOnce)) {
    const results = await pushRun(reading, run);
    made ||= results.some((result) => !(result instanceof SystemError) && isPerhapsMade(result));
    const error = results.find((result) => result instanceof SystemError);
    if (error && !made) throw error;
    for (const result of results) outcomes.push(result instanceof SystemError ? later(result) : result);
    if (!error) continue;
    const rest = writes.slice(outcomes.length).map(() => later(error));
    return [...outcomes, ...rest];
  }
  return outcomes;
}

type Result = Outcome | SystemError;

async function pushRun(reading: Reading, run: readonly Write[]): Promise<Result[]> {
  let plans: (Planned | Outcome)[];
  try {
    plans = await planRun(reading, run);
  } catch (error) {
    if (error instanceof SystemError) return run.map(() => error);
    throw error;
  }
  const ready = plans.filter((plan): plan is Planned => !('is' in plan));
  const results = await attempt(reading, ready);
  return plans.map((plan) => ('is' in plan ? plan : (results.get(plan) ?? { is: 'retry', reason: 'Not reached.' })));
}

async function attempt(reading: Reading, plans: readonly Planned[]): Promise<Map<Planned, Result>> {
  const [first] = plans;
  if (!first) return new Map();
  const made = await send(reading, plans);
  const all = (result: Result) => new Map(plans.map((plan) => [plan, result]));
  if (made.is === 'made' && first.write.op === 'create' && made.ids.length !== plans.length) {
    return all({ is: 'unknown', reason: `${plans.length} records were created, and ${made.ids.length} keys came.` });
  }
  if (made.is === 'made') return settle(reading, plans, made.ids);
  if (made.is === 'failed') return all(made.error);
  const { refusal } = made;
  if (refusal.is === 'unknown' || refusal.is === 'retry') return all(refusal);
  if (plans.length === 1) return new Map([[first, await explain(reading, first, refusal)]]);
  const half = Math.ceil(plans.length / 2);
  const left = await attempt(reading, plans.slice(0, half));
  const failed = [...left.values()].find((result) => result instanceof SystemError);
  const right = failed
    ? new Map(plans.slice(half).map((plan) => [plan, failed] as const))
    : await attempt(reading, plans.slice(half));
  return new Map([...left, ...right]);
}

function send({ orm, shape, context }: Reading, plans: readonly Planned[]): Promise<Made> {
  const op = plans[0]?.write.op;
  if (op === 'create') {
    const records = plans.map(({ write, values, fields }) => ({
      ref: write.op === 'create' ? write.ref : '',
      values,
      fields,
    }));
    return (orm.marks ?? orm).create(shape.model, records, context);
  }
  const targets = plans.map(({ id, values, write }) => ({
    id,
    values,
    version: 'ifVersion' in write ? write.ifVersion : undefined,
  }));
  return op === 'delete' ? orm.remove(shape.model, targets, context) : orm.update(shape.model, targets, context);
}

/** What was made is read once more: that is what the system made of it. A failure to read it does not undo it. */
async function settle(
  reading: Reading,
  plans: readonly Planned[],
  ids: readonly number[],
): Promise<Map<Planned, Result>> {
  const keys = plans.map(({ id }, at) => String(id || ids[at]));
  const deleted = plans[0]?.write.op === 'delete';
  const items = deleted ? new Map<string, Item>() : await afterwards(() => getItems(reading, keys), new Map());
  return new Map(
    plans.map((plan, at) => {
      const key = keys[at] ?? '';
      const item = items.get(key);
      return [plan, { is: 'applied', key, ...(item && { item }) }];
    }),
  );
}

async function explain(reading: Reading, plan: Planned, refusal: Outcome): Promise<Outcome> {
  const { write, fields } = plan;
  if (write.op === 'create') {
    // It is there already if it carries our reference: an earlier attempt of this write made it.
    const earlier = await afterwards(() => findByRef(reading, write.ref), null);
    if (earlier) return { is: 'applied', key: earlier.key, item: earlier };
  } else {
    const current = await afterwards(() => getItems(reading, [write.key]), null);
    if (current?.size === 0) return { is: 'missing' };
    if (refusal.is === 'conflict') {
      const item = current?.get(write.key);
      return { is: 'conflict', ...(item && { current: item }) };
    }
  }
  return refusal.is === 'rejected' && refusal.field === undefined ? blame(refusal.reason, fields) : refusal;
}

async function afterwards<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SystemError) return otherwise;
    throw error;
  }
}

function isPerhapsMade({ is }: Outcome): boolean {
  return is === 'applied' || is === 'unknown';
}

function later({ message, afterMs }: SystemError): Outcome {
  return { is: 'retry', reason: message, ...(afterMs !== undefined && { afterMs }) };
}
