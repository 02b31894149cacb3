import { type Outcome, SystemError, type Write } from '../connector.ts';
import { complaintOf } from './complaint.ts';
import { partOf, together } from './compose.ts';
import { meaningOf } from './graphql-error.ts';
import { planWrite, type WritePlan } from './plan-write.ts';
import { isTooCostly, readError } from './read-error.ts';
import type { Service } from './service.ts';
import { settleParts } from './settle.ts';

/** Makes writes in batches. Throws a SystemError only while nothing was applied; later it leaves the rest to be repeated. */
export async function pushWrites(service: Service, writes: readonly Write[]): Promise<Outcome[]> {
  const { batch, idempotencyHeader } = service.stream;
  // A header is about the whole request.
  const size = idempotencyHeader === undefined ? batch : 1;
  const outcomes: Outcome[] = [];
  for (let at = 0; at < writes.length; at += size) {
    const some = await pushBatch(service, writes.slice(at, at + size));
    const stopped = some.find((result) => result instanceof SystemError);
    const made = some.filter((result): result is Outcome => !(result instanceof SystemError));
    if (stopped === undefined) {
      outcomes.push(...made);
      continue;
    }
    const mayBeMade = ({ is }: Outcome) => is === 'applied' || is === 'unknown';
    if (![...outcomes, ...made].some(mayBeMade)) throw stopped;
    const { message: reason, afterMs } = stopped;
    const rest: Outcome = { is: 'retry', reason, ...(afterMs !== undefined && { afterMs }) };
    outcomes.push(...some.map((result) => (result instanceof SystemError ? rest : result)));
    outcomes.push(...writes.slice(outcomes.length).map(() => rest));
    break;
  }
  return outcomes;
}

/** What became of a write; a SystemError: it was certainly not made. */
export type Result = Outcome | SystemError;

async function pushBatch(service: Service, writes: readonly Write[]): Promise<Result[]> {
  const planned = writes.map((write) => planWrite(service, write));
  const plans = planned.filter((plan) => 'part' in plan);
  const results = plans.length === 0 ? [] : await send(service, plans);
  return planned.map((plan) => ('part' in plan ? (results[plans.indexOf(plan)] as Result) : plan));
}

async function send(service: Service, plans: readonly WritePlan[]): Promise<Result[]> {
  const { client, context, options, name, stream } = service;
  const [first] = plans;
  const header = stream.idempotencyHeader;
  const needsHeader =
    header !== undefined && first !== undefined && (first.write.op === 'create' || first.write.op === 'add');
  const headers = needsHeader ? { [header]: first.write.id } : {};
  const use = { kind: `${name} push`, width: plans.length, headers };
  try {
    const answer = await client.ask(together(plans.map(({ part }) => part)), use, context);
    if (answer.is === 'data') return await settleParts(service, plans, answer);
    if (answer.is === 'failed') {
      const { error } = answer;
      return plans.map(() => (answer.executed ? { is: 'unknown', reason: error.message } : error));
    }
    if (isTooCostly(answer, options.codes) && plans.length > 1) return await halves(service, plans);
    return await refused(service, plans, answer);
  } catch (error) {
    // Nothing was sent: the budget did not allow it, or the call was cancelled before.
    if (error instanceof SystemError) return plans.map(() => error);
    throw error;
  }
}

/** Nothing was made. What the errors are about is rejected, and the others are sent again without it. */
async function refused(
  service: Service,
  plans: readonly WritePlan[],
  answer: Parameters<typeof readError>[0] & { is: 'refused' },
): Promise<Result[]> {
  const { codes } = service.options;
  const system = answer.errors.find(({ code }) => SYSTEM.includes(meaningOf(code, codes) ?? ''));
  if (system) return plans.map(() => readError(answer, codes));
  const blamed = new Map(
    answer.errors.flatMap((error) => {
      const part = partOf(error.path, error.message);
      return part === undefined || plans[part] === undefined ? [] : [[part, error] as const];
    }),
  );
  const [error] = answer.errors;
  if (blamed.size === 0 && plans.length > 1) return halves(service, plans);
  if (blamed.size === 0 && error) {
    const [plan] = plans;
    // A document that the service cannot read is no fault of the record.
    if (!plan || meaningOf(error.code, codes) === undefined) return plans.map(() => readError(answer, codes));
    blamed.set(0, error);
  }
  const others = plans.filter((_, index) => !blamed.has(index));
  const results = others.length === 0 ? [] : await send(service, others);
  return plans.map((plan, index) => {
    const fault = blamed.get(index);
    if (!fault) return results[others.indexOf(plan)] as Result;
    const { reason, field } = complaintOf(fault, plan.write);
    return { is: 'rejected', reason, ...(field !== undefined && { field }) };
  });
}

/** The second half is left alone if the first met a failure of the system. */
async function halves(service: Service, plans: readonly WritePlan[]): Promise<Result[]> {
  const middle = Math.ceil(plans.length / 2);
  const first = await send(service, plans.slice(0, middle));
  const stopped = first.find((result) => result instanceof SystemError);
  const rest = plans.slice(middle);
  return [...first, ...(stopped ? rest.map(() => stopped) : await send(service, rest))];
}

const SYSTEM: readonly string[] = ['auth', 'throttled', 'down', 'cursor-lost'];
