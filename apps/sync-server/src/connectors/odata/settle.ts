import { type Item, type Outcome, SystemError, type Write } from '../connector.ts';
import type { Reply } from '../rest/http-client.ts';
import { elsewhere, systemErrorOf, verdictOf } from '../rest/verdict.ts';
import { complaintOf } from './complaint.ts';
import { findByRef } from './find.ts';
import { getRecord } from './get-records.ts';
import { type RawRecord, toItem } from './record.ts';
import { keyInId } from './record-key.ts';
import type { Service } from './service.ts';

/** What became of a write, by the answer to it. A SystemError is returned only if it was certainly not made. */
export async function settle(service: Service, write: Write, reply: Reply): Promise<Outcome | SystemError> {
  if (reply.is === 'elsewhere') return elsewhere(reply.location);
  if (reply.is === 'broken' && !reply.sent) return new SystemError('down', `Nothing was sent: ${reply.reason}`);
  if (reply.is === 'broken') return { is: 'unknown', reason: reply.reason };
  // A proxy puts its own page in the way with status 200; that a record was created it does not say.
  if (reply.is === 'unreadable' && reply.foreign && reply.status === 200)
    return { is: 'unknown', reason: reply.reason };
  const answer: Answer = reply.is === 'answer' ? reply : { ...reply, is: 'answer', body: undefined };
  return settleAnswer(service, write, answer);
}

/** After a write was made, a failure to read must not make it look as if it was not. */
export async function afterwards<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}

type Answer = Extract<Reply, { is: 'answer' }>;

async function settleAnswer(service: Service, write: Write, answer: Answer): Promise<Outcome | SystemError> {
  const { options, context } = service;
  const verdict = verdictOf(options, answer.status);
  if (verdict === 'ok') return done(service, write, answer);
  // The service cannot tell any more whether it has done this before.
  if (/^rejected$/i.test(answer.headers.get('repeatability-result') ?? '')) {
    return { is: 'unknown', reason: 'The service does not know any more whether it has seen this request before.' };
  }
  // A gateway answers 503 also for a request that it passed on; only with a time to wait is it a refusal.
  const ambiguous =
    answer.status === 503 && !answer.headers.has('retry-after') && options.statuses['503'] === undefined;
  const { reason } = complaintOf(answer.status, answer.body);
  if (verdict === 'unknown' || ambiguous) return { is: 'unknown', reason: `Status ${answer.status}: ${reason}` };
  const error = systemErrorOf(verdict, answer, context);
  if (error) return error;
  if (write.op === 'create') return refusedCreate(service, write, { answer, missing: verdict === 'missing' });
  if (verdict === 'missing') return { is: 'missing' };
  const refused: Outcome = { is: 'rejected', ...complaintOf(answer.status, answer.body) };
  if (verdict !== 'conflict') return refused;
  const read = await afterwards(async () => ({ current: await getRecord(service, write.key) }));
  // A service may find the record gone by its version alone.
  if (read && !read.current) return { is: 'missing' };
  // A refusal for a version that is still the current one is about something else, and repeating it would never end.
  const guarded = service.stream.guard && write.op !== 'add' && write.ifVersion !== undefined;
  if (!guarded || read?.current?.version === write.ifVersion) return refused;
  return { is: 'conflict', ...(read?.current && { current: read.current }) };
}

async function done(service: Service, write: Write, answer: Answer): Promise<Outcome> {
  if (write.op === 'delete') return { is: 'applied', key: write.key };
  const record = answer.body;
  const isRecord = typeof record === 'object' && record !== null && !Array.isArray(record);
  const item = isRecord ? await afterwards(() => toItem(service.stream, record as RawRecord, answer.headers)) : null;
  const id = answer.headers.get('odata-entityid') ?? answer.headers.get('location');
  const key = write.op === 'create' ? (item?.key ?? (id === null ? null : keyInId(service.stream, id))) : write.key;
  if (key === null) return { is: 'unknown', reason: 'It was created, but the answer does not say under which key.' };
  const complete = item?.key === key && isComplete(service, item);
  return { is: 'applied', key, ...(complete && { item }) };
}

/** The answer to a write has all properties and no child lists, whatever the stream asks for in its own reads. */
function isComplete({ stream }: Service, item: Item): boolean {
  const asRead = stream.expand.length === 0 && stream.select === undefined;
  return asRead && (!stream.guard || item.version !== undefined);
}

async function refusedCreate(
  service: Service,
  write: Extract<Write, { op: 'create' }>,
  { answer, missing }: { readonly answer: Answer; readonly missing: boolean },
): Promise<Outcome | SystemError> {
  if (missing) return new SystemError('shape', `Nothing can be created at ${service.stream.set} (${answer.status}).`);
  // It may be there because an earlier attempt of this write made it.
  const earlier = await afterwards(() => findByRef(service, write.ref));
  if (earlier) return { is: 'applied', key: earlier.key, item: earlier };
  return { is: 'rejected', ...complaintOf(answer.status, answer.body) };
}
