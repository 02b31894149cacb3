import type { JsonValue } from '@datastores/core/schema';
import { type Outcome, SystemError } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { Answer } from './answer.ts';
import { type Complaint, complaintOf, complaintsAt } from './complaint.ts';
import { aliasOf, partOf } from './compose.ts';
import { findByRef } from './find.ts';
import { getRecord, getRecords } from './get-records.ts';
import { type Codes, type GraphqlError, meaningOf } from './graphql-error.ts';
import type { WritePlan } from './plan-write.ts';
import type { Result } from './push.ts';
import { keyOf, toItem } from './record.ts';
import type { Service } from './service.ts';

type DataAnswer = Extract<Answer, { is: 'data' }>;

/** What became of each write of a request that was worked on. */
export async function settleParts(
  service: Service,
  plans: readonly WritePlan[],
  answer: DataAnswer,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, plan] of plans.entries()) results.push(await settlePart(service, plan, partIn(answer, index)));
  return readApplied(service, results);
}

/** The answer to one write. */
interface PartAnswer {
  /** Undefined: the answer says nothing of it. */
  readonly payload: JsonValue | undefined;
  readonly errors: readonly GraphqlError[];
  /** Errors that do not say what they are about. */
  readonly general: readonly GraphqlError[];
  readonly alias: string;
}

function partIn({ data, errors }: DataAnswer, index: number): PartAnswer {
  const alias = aliasOf(index);
  const own = errors.filter(({ path }) => partOf(path) === index);
  return { payload: data[alias], errors: own, general: errors.filter(({ path }) => path === undefined), alias };
}

async function settlePart(service: Service, plan: WritePlan, part: PartAnswer): Promise<Result> {
  const { payload } = part;
  const { prepared, write } = plan;
  if (payload === undefined || (payload === null && part.errors.length > 0)) return failed(service, plan, part);
  const inside = (path: string | undefined) =>
    path && valueAt({ [part.alias]: payload }, [part.alias, ...path.split('.').slice(1)].join('.'));
  const [complaint] = complaintsAt(inside(prepared.errorsAt), write);
  if (complaint) return refusedBy(service, plan, complaint);
  const place = inside(prepared.at) ?? null;
  if (write.op === 'delete' && !(prepared.at && (place === null || place === false))) {
    return { is: 'applied', key: write.key };
  }
  if (place === null || typeof place !== 'object') return withoutRecord(service, plan);
  const key = write.op === 'create' ? keyOf(service.stream, place) : write.key;
  if (key === undefined) return { is: 'unknown', reason: 'It was made, but the answer does not say under which key.' };
  // A record of which a field failed is not whole, and is read again.
  const whole = prepared.returns === 'record' && part.errors.length === 0;
  const item = whole ? await afterwards(() => toItem(service.stream, place)) : null;
  return { is: 'applied', key, ...(item?.key === key && { item }) };
}

/** Neither a record nor a reason: of what was to be changed a point read says whether it is there. */
async function withoutRecord(service: Service, { write }: WritePlan): Promise<Result> {
  const reason = 'The answer holds neither the record nor a reason.';
  if (write.op === 'create') return { is: 'unknown', reason };
  const read = await afterwards(async () => ({ current: await getRecord(service, write.key) }));
  return read && !read.current ? { is: 'missing' } : { is: 'unknown', reason };
}

/** Its field has no result. Only a code that is known says for certain that nothing was made. */
async function failed(service: Service, plan: WritePlan, { errors, general }: PartAnswer): Promise<Result> {
  const { codes } = service.options;
  const [error] = errors.length > 0 ? errors : general;
  if (!error) return { is: 'unknown', reason: 'The answer does not say what became of it.' };
  const meaning = errors.length > 0 ? meaningOf(error.code, codes) : undefined;
  if (meaning === 'throttled' || meaning === 'auth') return new SystemError(meaning, `${error.message}.`);
  if (meaning === 'missing' || meaning === 'conflict' || meaning === 'rejected') {
    return refusedBy(service, plan, complaintOf(error, plan.write));
  }
  return { is: 'unknown', reason: error.message };
}

async function refusedBy(service: Service, { write, prepared }: WritePlan, complaint: Complaint): Promise<Result> {
  const meaning = meaningFor(complaint, service.options.codes);
  const { reason, field } = complaint;
  const rejected: Outcome = { is: 'rejected', reason, ...(field !== undefined && { field }) };
  if (meaning === 'throttled' || meaning === 'auth') return new SystemError(meaning, `${reason}.`);
  if (write.op === 'create') {
    // It may be refused because an earlier attempt of this write made it.
    const earlier = await afterwards(() => findByRef(service, write.ref));
    return earlier ? { is: 'applied', key: earlier.key, item: earlier } : rejected;
  }
  if (meaning === 'missing') return { is: 'missing' };
  if (meaning !== 'conflict') return rejected;
  const read = await afterwards(async () => ({ current: await getRecord(service, write.key) }));
  if (read && !read.current) return { is: 'missing' };
  // A refusal for a version that is still the current one is about something else, and repeating it would never end.
  const guarded = prepared.guarded && write.ifVersion !== undefined;
  if (!guarded || read?.current?.version === write.ifVersion) return rejected;
  return { is: 'conflict', ...(read?.current && { current: read.current }) };
}

function meaningFor({ code }: Complaint, codes: Codes) {
  return meaningOf(code, codes);
}

/** Reads the records that were written and not told of, in one request. */
async function readApplied(service: Service, results: readonly Result[]): Promise<Result[]> {
  const isUntold = (result: Result): result is Extract<Outcome, { is: 'applied' }> =>
    'is' in result && result.is === 'applied' && result.item === undefined;
  const keys = results.filter(isUntold).map(({ key }) => key);
  if (keys.length === 0) return [...results];
  const items = await afterwards(() => getRecords(service, keys));
  return results.map((result) => {
    const item = isUntold(result) ? items?.get(result.key) : undefined;
    return item ? { ...(result as Extract<Outcome, { is: 'applied' }>), item } : result;
  });
}

/** After a write was made, a failure to read must not make it look as if it was not. */
async function afterwards<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}
