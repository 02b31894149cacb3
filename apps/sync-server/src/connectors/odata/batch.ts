import type { JsonValue } from '@datastores/core/schema';
import { type Outcome, SystemError, type Write } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { Reply } from '../rest/http-client.ts';
import { readError, verdictOf } from '../rest/verdict.ts';
import { mediaType, rootOf } from './client.ts';
import { complaintOf } from './complaint.ts';
import type { ParsedOptions } from './options.ts';
import type { RawRecord } from './record.ts';
import type { Service } from './service.ts';
import { settle } from './settle.ts';
import { requestOf, type WriteRequest } from './write-request.ts';

type BatchOptions = Exclude<ParsedOptions['batch'], false>;
type Answer = Extract<Reply, { is: 'answer' }>;

/** Makes writes by one JSON `$batch`. Throws SystemError only if none was made. */
export async function sendBatch(
  service: Service,
  { changeSet }: BatchOptions,
  writes: readonly Write[],
): Promise<Outcome[]> {
  const made = writes.map((write) => requestOf(service, write));
  const impossible = made.some((request) => 'is' in request);
  // What cannot even be asked for fails its change set, as a refusal would.
  if (changeSet && impossible) return made.map((request) => ('is' in request ? request : UNDONE));
  const requests = made.map((request, at) => ('is' in request ? null : toPart(service, request, { at, changeSet })));
  const parts = requests.filter((part) => part !== null);
  if (parts.length === 0) return made as Outcome[];
  const answers = await ask(service, parts);
  if ('is' in answers) return made.map((request) => ('is' in request ? request : answers));
  const settled = await Promise.all(
    writes.map(async (write, at): Promise<Outcome | SystemError> => {
      const request = made[at];
      if (request && 'is' in request) return request;
      const answer = answers.get(String(at)) ?? answers.get(GROUP);
      if (answer) return settle(service, write, answer);
      // Unless asked to go on, a service stops at the first request that fails.
      return stoppedBefore(at, answers)
        ? NOT_REACHED
        : { is: 'unknown', reason: 'The batch has no answer to this write.' };
    }),
  );
  return withoutErrors(changeSet ? undone(settled) : settled);
}

interface Part {
  readonly at: number;
  readonly changeSet: boolean;
}

function toPart({ options }: Service, request: WriteRequest, { at, changeSet }: Part): RawRecord {
  const { method, path, headers, body } = request;
  const type = body && { 'content-type': mediaType(options) };
  return {
    id: String(at),
    method: method.toLowerCase(),
    url: path,
    headers: { accept: mediaType(options), ...type, ...headers },
    ...(changeSet && { atomicityGroup: GROUP }),
    ...(body && { body }),
  };
}

/** The answers by id of their request, or what became of all writes where the service does not tell them apart. */
async function ask(service: Service, requests: readonly RawRecord[]): Promise<ReadonlyMap<string, Answer> | Outcome> {
  const { options, context } = service;
  const reply = await service.send({
    method: 'POST',
    address: `${rootOf(options)}/$batch`,
    headers: { prefer: 'continue-on-error,odata.continue-on-error' },
    body: { requests },
  });
  if (reply.is === 'broken' && reply.sent) return { is: 'unknown', reason: reply.reason };
  if (reply.is === 'broken') throw new SystemError('down', `Nothing was sent: ${reply.reason}`);
  if (reply.is === 'elsewhere') throw readError(options, reply, context);
  const verdict = verdictOf(options, reply.status);
  if (reply.is === 'unreadable') return { is: 'unknown', reason: reply.reason };
  if (verdict === 'ok') return answersIn(reply.body);
  const { reason } = complaintOf(reply.status, reply.body);
  const ambiguous = reply.status === 503 && !reply.headers.has('retry-after');
  if (verdict === 'unknown' || ambiguous) return { is: 'unknown', reason: `Status ${reply.status}: ${reason}` };
  if (verdict === 'auth' || verdict === 'throttled' || verdict === 'down') throw readError(options, reply, context);
  const remedy = 'Declare batch: false if the service knows no JSON batches, or a smaller batch.max.';
  throw new SystemError('shape', `The service refuses the batch with status ${reply.status}: ${reason} ${remedy}`);
}

function answersIn(body: JsonValue | undefined): ReadonlyMap<string, Answer> | Outcome {
  const responses = valueAt(body, 'responses');
  if (!Array.isArray(responses)) return { is: 'unknown', reason: 'The answer to the batch is no list of responses.' };
  const answers = new Map<string, Answer>();
  for (const entry of responses as readonly JsonValue[]) {
    const [id, status] = [valueAt(entry, 'id') ?? valueAt(entry, 'atomicityGroup'), valueAt(entry, 'status')];
    // What cannot be read is no answer, and its write then unknown: some of the batch may have been made.
    if (typeof status !== 'number' || (typeof id !== 'string' && typeof id !== 'number')) continue;
    const headers = headersOf(valueAt(entry, 'headers'));
    answers.set(String(id), { is: 'answer', status, headers, body: bodyOf(valueAt(entry, 'body')) });
  }
  return answers;
}

function headersOf(given: JsonValue | undefined): Headers {
  const headers = new Headers();
  const entries = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
  for (const [name, value] of entries)
    if (/^[\w-]+$/.test(name)) headers.set(name, String(value).replace(/[^\x20-\xff]/g, ''));
  return headers;
}

/** Some services hand a body that is no success on as text. */
function bodyOf(body: JsonValue | undefined): JsonValue | undefined {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return undefined;
  }
}

function stoppedBefore(at: number, answers: ReadonlyMap<string, Answer>): boolean {
  const ids = [...answers.keys()].map(Number);
  return ids.every((id) => id < at) && [...answers.values()].some(({ status }) => status >= 400);
}

/** With one refusal a change set is undone; services are known to answer the others as if they had been made. */
function undone(settled: readonly (Outcome | SystemError)[]): readonly (Outcome | SystemError)[] {
  const refused = settled.some((one) => one instanceof SystemError || (one.is !== 'applied' && one.is !== 'unknown'));
  if (!refused) return settled;
  return settled.map((one) => (one instanceof SystemError || CAUSES.includes(one.is) ? one : UNDONE));
}

function withoutErrors(settled: readonly (Outcome | SystemError)[]): Outcome[] {
  const error = settled.find((one) => one instanceof SystemError);
  const made = settled.some((one) => !(one instanceof SystemError) && (one.is === 'applied' || one.is === 'unknown'));
  if (error && !made) throw error;
  return settled.map((one) => {
    if (!(one instanceof SystemError)) return one;
    return { is: 'retry', reason: one.message, ...(one.afterMs !== undefined && { afterMs: one.afterMs }) };
  });
}

const GROUP = 'all';
const CAUSES: readonly Outcome['is'][] = ['conflict', 'missing', 'rejected'];
const UNDONE: Outcome = { is: 'retry', reason: 'Another write of the same change set was refused.' };
const NOT_REACHED: Outcome = { is: 'retry', reason: 'The service stopped at an earlier write of the batch.' };
