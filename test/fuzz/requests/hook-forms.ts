import { createHmac } from 'node:crypto';
import type { Random } from '../../bench/documents/random.ts';
import { HOOK_HEADER, HOOK_ID_HEADER, HOOK_SECRET, HOOK_SYSTEM } from '../server/place.ts';
import { brokenBytes } from '../values/broken-text.ts';
import { type Node, nodeOf, textOf } from '../values/json-text.ts';
import { mutated } from '../values/mutate.ts';
import { nastyText } from '../values/texts.ts';
import { httpBytes } from './http-text.ts';
import type { Form } from './protocol-forms.ts';
import type { Expected } from './request.ts';
import type { Token } from './tokens.ts';

/** Who signs may send; whoever does not proves nothing. */
const SIGNED: Token = { header: null, is: 'good', scopes: [], admin: false, who: 'sender' };
const UNSIGNED: Token = { ...SIGNED, is: 'bad', who: 'nobody' };

/** Webhooks of the one system that takes them: right, repeated, with other content, unsigned, wrongly signed, of other systems. */
export const hooks: Form = (_speaker, random) => {
  const body = Buffer.from(textOf(eventOf(random)));
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      // Few ids, so that many come again.
      return hook('valid', { body, id: `event-${random.integer(0, 50)}`, answer: 'served' });
    case 2:
    case 3:
      return hook('mutated', { body: Buffer.from(textOf(mutated(eventOf(random), random))) });
    case 4:
      return hook('broken', { body: brokenBytes(body.toString(), random) });
    case 5:
      return hook('unsigned', { body, signature: null });
    case 6:
      return hook('wrongly signed', { body, signature: wrongSignature(body, random) });
    case 7:
      return hook('odd id', { body, id: headerText(nastyText(random)), answer: 'anything' });
    case 8:
      return hook('other system', { body, system: random.pick(SYSTEMS), token: UNSIGNED });
    default:
      return hook('many keys', { body: Buffer.from(textOf(eventOf(random, random.pick([1_000, 5_000])))) });
  }
};

const SYSTEMS: readonly string[] = [
  'erp',
  '__proto__',
  'constructor',
  'toString',
  '%2e%2e',
  `${HOOK_SYSTEM}%00`,
  `${HOOK_SYSTEM}/`,
  HOOK_SYSTEM.toUpperCase(),
  's'.repeat(2_000),
];

interface HookParts {
  readonly body: Uint8Array;
  readonly id?: string;
  readonly system?: string;
  /** Null: there is none. Default: the right one. */
  readonly signature?: string | null;
  readonly token?: Token;
  readonly answer?: Expected['answer'];
}

function hook(form: string, parts: HookParts) {
  const { body, id, system = HOOK_SYSTEM, signature = sign(body), answer = 'http' } = parts;
  const token = parts.token ?? (parts.signature === undefined ? SIGNED : UNSIGNED);
  const headers = [
    ['Content-Type', 'application/json'] as const,
    ...(signature === null ? [] : [[HOOK_HEADER, signature] as const]),
    ...(id === undefined ? [] : [[HOOK_ID_HEADER, id] as const]),
  ];
  return {
    form: `hook: ${form}`,
    pieces: [httpBytes({ method: 'POST', target: `/hooks/${system}`, headers, body })],
    pauseMs: 0,
    ending: 'answer' as const,
    expects: { route: 'hook' as const, token, answer, isHead: false },
  };
}

/** The keys are few, so that the queue of what is to be read stays short. */
function eventOf(random: Random, count = random.integer(1, 5)): Node {
  const keys = Array.from({ length: count }, () => `key-${random.integer(0, 400)}`);
  return nodeOf({ stream: 'items', keys, note: nastyText(random) });
}

function sign(body: Uint8Array): string {
  return createHmac('sha256', HOOK_SECRET).update(body).digest('hex');
}

function wrongSignature(body: Uint8Array, random: Random): string {
  const right = sign(body);
  return random.pick([
    '',
    'sha256=',
    right.slice(0, -1),
    `${right}00`,
    right.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    Buffer.from(right, 'hex').toString('base64'),
    sign(Buffer.concat([body, Buffer.from(' ')])),
    createHmac('sha1', HOOK_SECRET).update(body).digest('hex'),
    createHmac('sha256', '').update(body).digest('hex'),
    'zz'.repeat(32),
    '0'.repeat(10_000),
  ]);
}

/** What a header can hold. */
function headerText(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/g, '?')
    .slice(0, 4_000);
}
