import { expect, test } from 'vitest';
import { judge } from './oracle/judge.ts';
import { faultOf } from './oracle/stored.ts';
import { hostileRequest } from './requests/generate.ts';
import type { Expected, HostileRequest } from './requests/request.ts';
import { badTokens, GOOD_TOKENS, type Token } from './requests/tokens.ts';
import { CANARY, HONEST_SCOPE } from './server/place.ts';
import { type Answer, createAnswerReader } from './wire/answer-reader.ts';

const good = GOOD_TOKENS[0] as Token;
const bad = badTokens()[0] as Token;
const refusal = (message: string) =>
  JSON.stringify({ error: { code: 'REQUEST_INVALID', message, remedy: 'Do something else.', retryable: false } });

test.each<[string, Partial<Expected>, number, string, string | null]>([
  ['a refusal in words', {}, 400, refusal('It is wrong.'), null],
  ['a failure of the server', {}, 500, refusal('It is wrong.'), 'server-error'],
  ['a server that is busy', {}, 503, refusal('It is busy.'), 'server-error'],
  ['a limit that nobody reached', {}, 429, refusal('It is too much.'), 'busy'],
  ['a refusal without words', {}, 404, '{"error":"Not Found"}', 'unclear'],
  ['a refusal with a stack', {}, 400, refusal('x\n    at run (file:///srv/http/run.js:7:3)'), 'unclear'],
  ['a refusal with SQL', {}, 400, refusal('select body from document'), 'unclear'],
  ['a refusal that repeats the request', {}, 400, refusal('x'.repeat(5_000)), 'unclear'],
  ['a refusal of a valid request', { answer: 'served' }, 400, refusal('No.'), 'unserved'],
  ['a page for nobody', { token: bad, route: 'pull' }, 200, '{}', 'unproven'],
  ['a page that is none', { route: 'pull' }, 200, '{}', 'unclear'],
  ['a document of somebody else', { route: 'pull' }, 200, CANARY, 'foreign'],
])('%s', (...[, expects, status, body, kind]) => {
  const answer: Answer = { status, headers: new Map(), body, isKept: true };

  expect(judge(request(expects), { kind: 'answer', answer })?.kind ?? null).toBe(kind);
});

test('silence is a fault, and a closed connection where an answer is due', () => {
  expect(judge(request({}), { kind: 'silent' })?.kind).toBe('silent');
  expect(judge(request({}), { kind: 'closed' })?.kind).toBe('silent');
  expect(judge(request({ answer: 'anything' }), { kind: 'closed' })).toBeNull();
});

test('what must not be stored is told from what may', () => {
  const row = { scope: 'main', datastore: 'customer', id: 'c', schemaVersion: 0 };
  const body = JSON.stringify({ id: 'c', name: 'A', status: 'active' });

  expect(faultOf({ ...row, body })).toBeNull();
  expect(faultOf({ ...row, body, scope: HONEST_SCOPE })).toBeNull();
  expect(faultOf({ ...row, body, scope: 'elsewhere' })).toContain('nobody may write there');
  expect(faultOf({ ...row, body: body.replace('"A"', `"${CANARY}"`) })).toContain('another scope');
  expect(faultOf({ ...row, body: body.replace('"A"', '7') })).toContain('/name');
  expect(faultOf({ ...row, body, id: 'd' })).toContain('another id');
  expect(faultOf({ ...row, body, datastore: 'thing' })).toContain('no such datastore');
});

test('the same seed makes the same requests, and another one others', () => {
  const recorded = { checkpoint: { main: { epoch: 'e', seq: 9, tag: 't' } }, known: [] };
  const texts = (seed: number) =>
    Array.from({ length: 300 }, (_, number) =>
      Buffer.concat(hostileRequest(seed, number, recorded).pieces).toString('hex'),
    );

  expect(texts(1)).toEqual(texts(1));
  expect(texts(2)).not.toEqual(texts(1));
});

test('answers are read piece by piece, however they are framed', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n';
  const reader = createAnswerReader(false);
  const answers = [...chunked].map((letter) => reader.take(Buffer.from(letter)));

  expect(answers.at(-1)).toMatchObject({ status: 200, body: 'abc', isKept: true });
  expect(answers.slice(0, -1).every((answer) => answer === null)).toBe(true);
  const head = createAnswerReader(true).take(Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n'));
  expect(head).toMatchObject({ status: 404, body: '' });
  expect(() => createAnswerReader(false).take(Buffer.from('nonsense\r\n\r\n'))).toThrow('The answer begins with');
});

function request(expects: Partial<Expected>): HostileRequest {
  const all: Expected = { route: 'none', token: good, answer: 'http', isHead: false, ...expects };
  return { form: 'made up', pieces: [], pauseMs: 0, ending: 'answer', expects: all };
}
