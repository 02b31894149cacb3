import type { JsonValue } from '@datastores/core/schema';
import { type ExternalRecord, type Item, type Outcome, SystemError, type Write } from '../connector.ts';
import { addressOf, pathOf } from './address.ts';
import { complaintOf } from './complaint.ts';
import { findByRef } from './find.ts';
import { getRecord, itemOf } from './get-records.ts';
import type { Reply } from './http-client.ts';
import { addBody } from './native-add.ts';
import { guardOf } from './record.ts';
import type { Service } from './service.ts';
import { elsewhere, systemErrorOf, verdictOf } from './verdict.ts';

/** Makes one write. A SystemError is returned only if it was certainly not made. */
export async function writeOne(service: Service, write: Write): Promise<Outcome | SystemError> {
  try {
    if (write.op === 'create') return await create(service, write);
    if (write.op === 'update') return await update(service, write);
    if (write.op === 'add') return await add(service, write);
    return await remove(service, write);
  } catch (error) {
    // Reads before the write threw: nothing was sent.
    if (error instanceof SystemError) return error;
    throw error;
  }
}

async function create(service: Service, write: Extract<Write, { op: 'create' }>): Promise<Outcome | SystemError> {
  const { stream, options } = service;
  if (!stream.create) return unsupported('created');
  const body = { ...write.data, ...(stream.ref && { [stream.ref.field]: write.ref }) };
  const reply = await service.send({
    method: stream.create.method,
    address: addressOf(options.baseUrl, stream.create.path ?? stream.path),
    headers: idempotency(service, write),
    body,
  });
  const done = succeeded(service, reply);
  if (done) return created(service, done);
  const outcome = outcomeOf(service, reply);
  if (outcome instanceof SystemError) return outcome;
  if (outcome.is === 'missing')
    return new SystemError('shape', `Nothing can be created at ${stream.path} (status 404).`);
  if (outcome.is !== 'conflict' || reply.is !== 'answer') return outcome;
  // It is there already. If it carries our reference, it is what an earlier attempt of this write made.
  const earlier = await findByRef(service, write.ref);
  if (earlier) return { is: 'applied', key: earlier.key, item: earlier };
  return { is: 'rejected', ...complaintOf(options, reply.status, reply.body) };
}

async function created(service: Service, reply: Answer): Promise<Outcome> {
  const item = await afterwards(() => itemOf(service, reply));
  const located = reply.headers.get('location')?.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1);
  const key = item?.key ?? (located && decodeURIComponent(located));
  if (!key) return { is: 'unknown', reason: 'It was created, but the answer does not say under which key.' };
  return applied(service, key, item);
}

async function update(service: Service, write: Extract<Write, { op: 'update' }>): Promise<Outcome | SystemError> {
  const { stream } = service;
  if (!stream.update) return unsupported('updated');
  const path = pathOf(stream.update.path, write.key);
  if (path === null) return { is: 'missing' };
  let body: ExternalRecord = write.patch;
  let version = write.ifVersion;
  if (stream.update.method === 'PUT') {
    const current = await getRecord(service, write.key);
    if (!current) return { is: 'missing' };
    if (version !== undefined && stream.guard && current.version !== version) return { is: 'conflict', current };
    // The whole record is sent: what others change meanwhile must not be set back.
    version ??= current.version;
    body = { ...current.data, ...write.patch };
  }
  const { headers, fields } = guardOf(stream, version);
  const request = { method: stream.update.method, path, body: { ...body, ...fields } };
  return change(service, write, { ...request, headers });
}

/** Other fields first: repeating them is harmless, repeating the difference is not. */
async function add(service: Service, write: Extract<Write, { op: 'add' }>): Promise<Outcome | SystemError> {
  const { stream } = service;
  const path = stream.adds && pathOf(stream.adds.path, write.key);
  if (!stream.adds) return unsupported('changed by a difference');
  if (!path) return { is: 'missing' };
  const made = addBody(stream.adds.body, write);
  if ('is' in made) return made;
  let { ifVersion } = write;
  const patched = !made.takesPatch && Object.keys(write.patch ?? {}).length > 0;
  if (patched) {
    const first = await update(service, { ...write, op: 'update', patch: write.patch ?? {} });
    if (first instanceof SystemError || first.is !== 'applied') return first;
    ifVersion &&= first.item?.version;
  }
  const { headers } = guardOf(stream, ifVersion);
  const request = { method: stream.adds.method, path, headers: { ...headers, ...idempotency(service, write) } };
  const outcome = await change(service, write, { ...request, body: made.body });
  // The other fields are set by now, so this is no failure that left everything as it was.
  if (!patched || !(outcome instanceof SystemError)) return outcome;
  return { is: 'retry', reason: outcome.message, ...(outcome.afterMs !== undefined && { afterMs: outcome.afterMs }) };
}

async function remove(service: Service, write: Extract<Write, { op: 'delete' }>): Promise<Outcome | SystemError> {
  const { stream, options } = service;
  if (!stream.delete) return unsupported('deleted');
  const path = pathOf(stream.delete.path, write.key);
  if (path === null) return { is: 'missing' };
  const { headers, fields } = guardOf(stream, write.ifVersion);
  const params = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  const reply = await service.send({
    method: stream.delete.method,
    address: addressOf(options.baseUrl, path, params),
    headers,
  });
  if (succeeded(service, reply)) return { is: 'applied', key: write.key };
  return settle(service, write, reply);
}

interface ChangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonValue;
}

async function change(
  service: Service,
  write: Extract<Write, { key: string }>,
  request: ChangeRequest,
): Promise<Outcome | SystemError> {
  const reply = await service.send({
    method: request.method,
    address: addressOf(service.options.baseUrl, request.path),
    headers: request.headers,
    body: request.body,
  });
  const done = succeeded(service, reply);
  if (!done) return settle(service, write, reply);
  return applied(service, write.key, await afterwards(() => itemOf(service, done)));
}

/** A refusal for a version that is still the current one is about something else, and repeating it would never end. */
async function settle(
  service: Service,
  write: Extract<Write, { key: string }>,
  reply: Reply,
): Promise<Outcome | SystemError> {
  const outcome = outcomeOf(service, reply);
  if (outcome instanceof SystemError || outcome.is !== 'conflict' || reply.is !== 'answer') return outcome;
  const current = await afterwards(() => getRecord(service, write.key));
  const guarded = service.stream.guard !== undefined && write.ifVersion !== undefined;
  if (guarded && current?.version !== write.ifVersion) return { is: 'conflict', ...(current && { current }) };
  return { is: 'rejected', ...complaintOf(service.options, reply.status, reply.body) };
}

async function applied(service: Service, key: string, item: Item | null): Promise<Outcome> {
  const complete = item?.key === key && (item.version !== undefined || service.stream.guard === undefined);
  const read = complete ? item : await afterwards(() => getRecord(service, key));
  return { is: 'applied', key, ...(read && { item: read }) };
}

/** After a write was made, a failure to read it must not make it look as if it was not. */
async function afterwards(read: () => Item | null | Promise<Item | null>): Promise<Item | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}

type Answer = Extract<Reply, { is: 'answer' }>;

/**
 * The answer of a write that was made. One that was cut, or is too large, still says so by its status; one that is no JSON
 * need not be an answer of the service: a proxy puts its own page in the way with status 200.
 */
function succeeded(service: Service, reply: Reply): Answer | null {
  if (reply.is !== 'answer' && (reply.is !== 'unreadable' || isForeign(reply))) return null;
  if (verdictOf(service.options, reply.status) !== 'ok') return null;
  return reply.is === 'answer' ? reply : { ...reply, is: 'answer', body: undefined };
}

/** A created record (201) is not what a proxy says. */
function isForeign(reply: Extract<Reply, { is: 'unreadable' }>): boolean {
  return reply.foreign && reply.status === 200;
}

function outcomeOf(service: Service, reply: Reply): Outcome | SystemError {
  const { options, context } = service;
  if (reply.is === 'elsewhere') return elsewhere(reply.location);
  if (reply.is === 'broken' && !reply.sent) return new SystemError('down', `Nothing was sent: ${reply.reason}`);
  if (reply.is === 'broken') return { is: 'unknown', reason: reply.reason };
  if (reply.is === 'unreadable' && isForeign(reply)) return { is: 'unknown', reason: reply.reason };
  const answer: Answer = reply.is === 'answer' ? reply : { ...reply, is: 'answer', body: undefined };
  const verdict = verdictOf(options, reply.status);
  // A gateway answers 503 also for a request that it passed on; only with a time to wait is it a refusal.
  const ambiguous = reply.status === 503 && !answer.headers.has('retry-after') && options.statuses['503'] === undefined;
  if (verdict === 'unknown' || ambiguous)
    return { is: 'unknown', reason: `The service failed with status ${reply.status}.` };
  const error = systemErrorOf(verdict, answer, context);
  if (error) return error;
  if (verdict === 'missing' || verdict === 'conflict') return { is: verdict };
  return { is: 'rejected', ...complaintOf(options, reply.status, answer.body) };
}

/** For what is not harmless when repeated. An update may be sent again with other values under the same id. */
function idempotency(service: Service, write: Write): Readonly<Record<string, string>> {
  const { idempotencyHeader } = service.stream;
  return idempotencyHeader === undefined ? {} : { [idempotencyHeader]: write.id };
}

function unsupported(what: string): Outcome {
  return { is: 'rejected', reason: `Records of this stream cannot be ${what}: the connector declares no way to.` };
}
