import { envelope } from './calls.ts';
import { httpBytes } from './http-text.ts';
import { validMessage } from './messages.ts';
import type { Form } from './protocol-forms.ts';
import type { HostileRequest } from './request.ts';

/** What is no HTTP, or such that server and proxies may read differently. */
const BROKEN: readonly string[] = [
  '\r\n\r\n',
  '\u0000'.repeat(50),
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET /livez HTTP/1.0\r\n\r\n',
  'get /livez HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET  /livez  HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /livez HTTP/1.1\nHost: x\n\n',
  'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  'GET /livez HTTP/1.1\r\n Host: x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost : x\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: x\r\nNo-Colon\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: x\r\nA: b\u0000c\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n{}',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n',
  'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n',
  'GET /trpc/info HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n',
  'GET /trpc/info HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'h'.repeat(20_000)}\r\n\r\n`,
  `GET /livez HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(3_000)}\r\n`,
  'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30),
  'GET /trpc/info HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
];

/** Bytes that are not a request, or more than one. */
export const brokenHttp: Form = (_speaker, random) => {
  const index = random.integer(0, BROKEN.length - 1);
  const ending = random.pick(['half', 'half', 'cut'] as const);
  return raw(`raw: ${index}`, [Buffer.from(BROKEN[index] as string, 'latin1')], ending);
};

/** A valid request in pieces, with pauses; some never come to their end. */
export const slowBody: Form = (speaker, random) => {
  const whole = validPush(speaker, random);
  const upTo = random.pick([whole.length, whole.length, random.integer(1, whole.length - 1)]);
  const count = random.pick([2, 3, 10]);
  const size = Math.ceil(upTo / count);
  const pieces = Array.from({ length: count }, (_, at) => whole.subarray(at * size, Math.min(upTo, (at + 1) * size)));
  const ending = upTo === whole.length ? 'answer' : random.pick(['cut', 'half'] as const);
  const request = raw(
    'raw: slow',
    pieces.filter(({ length }) => length > 0),
    ending,
  );
  return { ...request, pauseMs: random.pick([1, 5, 30]) };
};

/** A valid request whose sender is gone before it is answered, or before it is sent. */
export const aborted: Form = (speaker, random) => {
  const whole = validPush(speaker, random);
  return raw('raw: aborted', [whole.subarray(0, random.pick([whole.length, random.integer(1, whole.length)]))], 'cut');
};

/** A chunked body, right or with one of its frames damaged. */
export const chunked: Form = (speaker, random) => {
  const text = envelope(validMessage('push', speaker, random));
  const { token } = speaker;
  const size = random.pick([1, 7, 100, 5_000]);
  const chunks: string[] = [];
  for (let at = 0; at < text.length && chunks.length < 400; at += size) {
    const part = Buffer.from(text.slice(at, at + size));
    chunks.push(`${part.length.toString(16)}\r\n${part.toString('latin1')}\r\n`);
  }
  if (random.integer(0, 1) === 0)
    chunks[random.integer(0, chunks.length - 1)] = random.pick(['\r\n', '-1\r\n', 'x', '5\r\nab']);
  const headers = [
    ['Authorization', token.header ?? ''],
    ['Content-Type', 'application/json'],
    ['Transfer-Encoding', 'chunked'],
  ] as const;
  const head = httpBytes({ method: 'POST', target: '/trpc/push', headers });
  return raw('raw: chunked', [Buffer.concat([head, Buffer.from(`${chunks.join('')}0\r\n\r\n`, 'latin1')])], 'half');
};

function validPush(...[speaker, random]: Parameters<Form>): Buffer {
  const { token } = speaker;
  const headers = [
    ['Authorization', token.header ?? ''],
    ['Content-Type', 'application/json'],
  ] as const;
  const body = Buffer.from(envelope(validMessage('push', speaker, random)));
  return httpBytes({ method: 'POST', target: '/trpc/push', headers, body });
}

function raw(form: string, pieces: readonly Uint8Array[], ending: HostileRequest['ending']): HostileRequest {
  const token = { header: null, is: 'good', scopes: ['main', 'annex'], admin: false, who: 'nobody' } as const;
  return { form, pieces, pauseMs: 0, ending, expects: { route: 'none', token, answer: 'anything', isHead: false } };
}
