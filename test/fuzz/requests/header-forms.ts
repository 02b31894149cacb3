import type { Random } from '../../bench/documents/random.ts';
import { callRequest, envelope } from './calls.ts';
import { httpBytes } from './http-text.ts';
import { validMessage } from './messages.ts';
import type { Form } from './protocol-forms.ts';
import { badTokens, type Token } from './tokens.ts';

const BAD_TOKENS = badTokens();

/** Calls and operator routes with tokens that prove nothing. */
export const unproven: Form = (speaker, random) => {
  const token = random.pick(BAD_TOKENS);
  const call = random.pick(['pull', 'push', 'changes'] as const);
  if (random.integer(0, 4) === 0) return operator('/status', token);
  return callRequest({ form: 'unproven', call, token }, envelope(validMessage(call, speaker, random)));
};

/** What an operator asks, with tokens that may and such that may not. */
export const operatorRoutes: Form = (speaker, random) =>
  operator(random.pick(['/livez', '/readyz', '/status', '/status?x=__proto__']), speaker.token);

function operator(target: string, token: Token) {
  const headers = token.header === null ? [] : [['Authorization', token.header] as const];
  const path = target.split('?', 1)[0];
  const served = path !== '/status' || (token.is === 'good' && token.admin);
  return {
    form: `operator: ${path}`,
    pieces: [httpBytes({ method: 'GET', target, headers })],
    pauseMs: 0,
    ending: 'answer' as const,
    expects: {
      route: 'operator' as const,
      // Health is everybody's; only the status needs a token.
      token:
        path === '/status'
          ? { ...token, is: served ? ('good' as const) : ('bad' as const) }
          : { ...token, is: 'good' as const },
      answer: served ? ('served' as const) : ('http' as const),
      isHead: false,
    },
  };
}

const TYPES: readonly string[] = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/json;charset=',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=__proto__',
  'application/xml',
  'application/json, application/json',
  'APPLICATION/JSON',
  'application/jsonp',
  'application/json\u00a0',
  '',
  ';',
  '*/*',
  'application/octet-stream',
  `application/${'j'.repeat(5_000)}`,
  'text/html;'.repeat(300),
];

/** Headers that say something else of the same body. */
export const oddHeaders: Form = (speaker, random) => {
  const call = random.pick(['pull', 'push'] as const);
  const text = envelope(validMessage(call, speaker, random));
  const headers = oddHeader(random, Buffer.byteLength(text));
  return callRequest({ form: 'odd headers', call, token: speaker.token, headers, answer: 'anything' }, text);
};

function oddHeader(random: Random, length: number): readonly (readonly [string, string])[] {
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return [['Content-Type', random.pick(TYPES)]];
    case 2:
      return [['Accept-Encoding', random.pick(['gzip;q=0', '*;q=0.000', 'gzip;;;q=', ','.repeat(3_000), 'br'])]];
    case 3:
      return [['Origin', random.pick(['null', 'http://evil.example', '\u00ff', 'http://localhost:1'])]];
    case 4:
      return [['Expect', random.pick(['100-continue', 'nonsense'])]];
    case 5:
      return [
        ['Content-Length', `${random.pick([length, length])}`],
        ['Content-Length', `${length + 1}`],
      ];
    case 6:
      return [
        ['Trpc-Accept', 'application/jsonl'],
        ['Last-Event-Id', '\u00ff'.repeat(50)],
        ['X-Forwarded-For', '::1, '.repeat(200)],
      ];
    case 7:
      return [
        ['__proto__', 'polluted'],
        ['constructor', 'x'],
        ['X-Http-Method-Override', 'DELETE'],
      ];
    case 8:
      return [['X-Long', 'h'.repeat(random.pick([8_000, 16_000, 20_000]))]];
    default:
      return Array.from({ length: random.pick([100, 1_900, 2_100]) }, (_, number) => [`X-${number}`, ''] as const);
  }
}
