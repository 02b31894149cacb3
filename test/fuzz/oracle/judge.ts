import type { HostileRequest } from '../requests/request.ts';
import { CANARY } from '../server/place.ts';
import type { Answer } from '../wire/answer-reader.ts';
import type { Reply } from '../wire/lane.ts';
import { errorBodyProblem } from './error-body.ts';
import { servedBodyProblem } from './served-body.ts';

/** A promise that a reply breaks. */
export interface Problem {
  readonly kind: 'server-error' | 'busy' | 'silent' | 'garbled' | 'unclear' | 'unserved' | 'unproven' | 'foreign';
  readonly detail: string;
}

/** Statuses that Node itself answers without a body, where what came is not enough of HTTP to ask anybody else. */
const BARE: ReadonlySet<number> = new Set([400, 408, 417, 431]);

/** What is wrong with the reply to a request; null if nothing is. */
export function judge(request: HostileRequest, reply: Reply): Problem | null {
  const { expects } = request;
  if (reply.kind === 'silent') return { kind: 'silent', detail: 'is not answered, and the connection stays open' };
  if (reply.kind === 'garbled') return { kind: 'garbled', detail: reply.reason };
  if (reply.kind === 'answer') return judgeAnswer(request, reply.answer);
  if (request.ending !== 'answer' || expects.answer === 'anything') return null;
  return { kind: 'silent', detail: 'is not answered, the connection is closed' };
}

function judgeAnswer(request: HostileRequest, answer: Answer): Problem | null {
  const { status, body } = answer;
  const { route, token, isHead, answer: due } = request.expects;
  const sent = Buffer.concat(request.pieces).toString('latin1');
  const said = `${status} ${body.slice(0, 300)}`;
  if (body.includes(CANARY)) return { kind: 'foreign', detail: `tells of a scope of somebody else: ${said}` };
  if (status >= 500) return { kind: 'server-error', detail: said };
  if (status === 429) return { kind: 'busy', detail: said };
  if (status >= 400) {
    if (due === 'served') return { kind: 'unserved', detail: `is valid and was refused: ${said}` };
    if (isHead || (body === '' && BARE.has(status))) return null;
    const problem = errorBodyProblem(body, sent);
    return problem === null ? null : { kind: 'unclear', detail: `${status} ${problem}` };
  }
  const refusedInStream = route === 'changes' && body.includes('event: serialized-error');
  if (token.is === 'bad' && route !== 'none' && !refusedInStream) {
    return { kind: 'unproven', detail: `is served without a valid token: ${said}` };
  }
  if (refusedInStream) return streamProblem(due, body, sent);
  const problem = isHead ? null : servedBodyProblem(body, sent, request.expects);
  return problem === null ? null : { kind: 'unclear', detail: `${status} ${problem}` };
}

function streamProblem(due: HostileRequest['expects']['answer'], body: string, sent: string): Problem | null {
  const data = /event: serialized-error\ndata: ([^\n]*)/.exec(body)?.[1] ?? '';
  if (/"httpStatus":5\d\d/.test(data)) return { kind: 'server-error', detail: data.slice(0, 300) };
  if (due === 'served') return { kind: 'unserved', detail: `is valid and was refused: ${data.slice(0, 300)}` };
  const problem = errorBodyProblem(`{"error":${data}}`, sent);
  return problem === null ? null : { kind: 'unclear', detail: problem };
}
