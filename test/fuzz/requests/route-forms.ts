import { nastyText } from '../values/texts.ts';
import { envelope } from './calls.ts';
import { httpBytes } from './http-text.ts';
import { validMessage } from './messages.ts';
import type { Form } from './protocol-forms.ts';

const METHODS: readonly string[] = [
  'GET',
  'GET',
  'POST',
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'PURGE',
];

const TARGETS: readonly string[] = [
  '/',
  '//',
  '/trpc',
  '/trpc/',
  '/trpc/info',
  '/trpc/info?batch=1&input=%7B%7D',
  '/trpc/info,info,pull?batch=1',
  '/trpc/pull',
  '/trpc/push?batch=1',
  '/trpc/changes',
  '/trpc/changes?input=a&input=b',
  '/trpc/changes?input[json]=1',
  '/trpc/changes?input=%',
  '/trpc/changes?__proto__=1&__proto__[input]=2',
  '/trpc/%',
  '/trpc/%E0%A4%A',
  '/trpc/%00',
  '/trpc/%ff',
  '/trpc/__proto__',
  '/trpc/constructor',
  '/trpc/toString',
  '/trpc/info/',
  '/trpc/info/../pull',
  '/trpc/..%2f..%2fetc%2fpasswd',
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%5c..%5cwindows',
  '/.git/config',
  '/.env',
  '/data/store.sqlite',
  '/metrics',
  '/admin',
  '/hooks/erp',
  '/status/../livez',
  '/STATUS',
  '/livez?x=%00',
  '/livez;x=1',
  '/readyz#fragment',
  'http://evil.example/trpc/info',
  'http://[::1/',
  '*',
  '/?',
  '/trpc/info?%',
  `/trpc/${'p'.repeat(101)}`,
  `/${'a/'.repeat(500)}`,
  `/trpc/info?${'x=1&'.repeat(1_500)}`,
  `/trpc/${'%61'.repeat(1_000)}`,
];

/** Methods, paths and queries that there are not, or that mean another file. */
export const unknownRoutes: Form = (speaker, random) => {
  const target = random.integer(0, 4) === 0 ? `/${pathText(nastyText(random))}` : random.pick(TARGETS);
  const method = random.pick(METHODS);
  const token = random.pick([speaker.token, null]);
  const isChanges = target === '/trpc/changes' && random.integer(0, 1) === 0;
  const input = isChanges ? `?input=${encodeURIComponent(envelope(validMessage('changes', speaker, random)))}` : '';
  const preflight = [
    ['Origin', 'http://evil.example'],
    ['Access-Control-Request-Method', random.pick(METHODS)],
  ] as const;
  const headers = [
    ...(token?.header ? [['Authorization', token.header] as const] : []),
    ...(method === 'OPTIONS' && random.integer(0, 1) === 0 ? preflight : []),
  ];
  const body = method === 'POST' || method === 'PUT' ? Buffer.from('{}') : undefined;
  return {
    form: `route: ${method} ${target.slice(0, 40)}`,
    pieces: [httpBytes({ method, target: target + input, headers, ...(body === undefined ? {} : { body }) })],
    pauseMs: 0,
    ending: 'answer',
    // Only what is asked with a valid token may hold documents, whatever the path makes of it.
    expects: { route: 'none', token: token ?? speaker.token, answer: 'anything', isHead: method === 'HEAD' },
  };
};

/** A target of HTTP holds no spaces and no line breaks; everything else may be tried. */
function pathText(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\u0021-\u00ff]/g, '%20');
}
