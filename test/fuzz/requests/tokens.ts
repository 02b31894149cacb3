import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { HONEST_SCOPE, HOSTILE_SCOPES, SECRET, VAULT_SCOPE } from '../server/place.ts';

/** An Authorization header, and what may be done with it. */
export interface Token {
  /** Null: no such header. */
  readonly header: string | null;
  /** `good`: the server has to accept it. `bad`: it must not. */
  readonly is: 'good' | 'bad';
  /** Scopes that it opens. */
  readonly scopes: readonly string[];
  readonly admin: boolean;
  /** Whom it proves, in letters. */
  readonly who: string;
}

/** Far enough away for tokens that were kept with a request. */
const EXPIRES = 4_102_444_800;

const SOME_SCOPES = ['main', 'annex'];
const ALL_CLAIMS = { sub: 'mallory', exp: EXPIRES, scopes: [HONEST_SCOPE, VAULT_SCOPE], roles: ['admin'] };

/** Tokens that the server has to accept. */
export const GOOD_TOKENS: readonly Token[] = [
  good({ sub: 'mallory' }, ['main']),
  good({ sub: 'trudy', scopes: SOME_SCOPES }, SOME_SCOPES),
  good({ sub: 'mallory', scopes: SOME_SCOPES, nbf: 1, iat: 1, jti: 'x', extra: { __proto__: null } }, SOME_SCOPES),
  { ...good({ sub: 'operator', scopes: ['main'], roles: ['admin'] }, ['main']), admin: true },
  good({ sub: '__proto__', scopes: ['main'], exp: 9e15 }, ['main']),
];

/** The most scopes that a token can name. */
export const WIDE_TOKEN: Token = good({ sub: 'wide', scopes: HOSTILE_SCOPES }, HOSTILE_SCOPES);

/** Headers that prove nothing, though many of them claim everything. */
export function badTokens(): readonly Token[] {
  const claimed = encoded(ALL_CLAIMS);
  const none = encoded({ alg: 'none' });
  const hs256 = encoded({ alg: 'HS256' });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const signedByItself = `${encoded({ alg: 'EdDSA', jwk })}.${claimed}`;
  const headers = [
    null,
    '',
    'Bearer',
    'Bearer ',
    'Bearer null',
    'Basic YWRtaW46YWRtaW4=',
    `bearer\t${hs256}`,
    'Bearer a.b.c',
    'Bearer ..',
    'Bearer .'.padEnd(60, '.'),
    `Bearer ${'x'.repeat(12_000)}`,
    `Bearer ${hs256}.${'A'.repeat(12_000)}.A`,
    'Bearer \u00ff\u00fe.\u00fd.\u00fc',
    `Bearer ${none}.${claimed}.`,
    `Bearer ${encoded({ alg: 'NONE' })}.${claimed}.`,
    `Bearer ${none}.${claimed}.${hmac('HS256', `${none}.${claimed}`, SECRET)}`,
    `Bearer ${hs256}.${claimed}.`,
    `Bearer ${hs256}.${claimed}.AAAA`,
    `Bearer ${hs256}.${claimed}.${hmac('HS256', `${hs256}.${claimed}`, '')}`,
    `Bearer ${hs256}.${claimed}.${hmac('HS256', `${hs256}.${claimed}`, 'another secret of another server, as long')}`,
    `Bearer ${signedByItself}.${sign(null, Buffer.from(signedByItself), privateKey).toString('base64url')}`,
    `Bearer ${signedWith({ alg: 'HS512' }, ALL_CLAIMS)}`,
    `Bearer ${signedWith({ alg: 'HS256', crit: ['b64'], b64: false }, ALL_CLAIMS)}`,
    `Bearer ${signedWith({ alg: 'HS256', crit: ['x'], x: 1 }, ALL_CLAIMS)}`,
    `Bearer ${signedWith({ alg: ['HS256'] }, ALL_CLAIMS)}`,
    `Bearer ${signedWith({}, ALL_CLAIMS)}`,
    `Bearer ${signedWith({ alg: 'HS256' }, null)}`,
    `Bearer ${signedWith({ alg: 'HS256' }, [])}`,
    `Bearer ${signedWith({ alg: 'HS256' }, 'text')}`,
    ...WRONG_CLAIMS.map((claims) => `Bearer ${signedWith({ alg: 'HS256' }, { ...ALL_CLAIMS, ...claims })}`),
  ];
  return headers.map((header) => ({ header, is: 'bad', scopes: [], admin: false, who: 'nobody' }));
}

/** Rightly signed, and still to be refused. */
const WRONG_CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  { exp: 1 },
  { exp: undefined },
  { exp: '4102444800' },
  { exp: null },
  { nbf: EXPIRES },
  { nbf: 'soon' },
  { sub: undefined },
  { sub: '' },
  { sub: 7 },
  { sub: { toString: 'x' } },
  { sub: 's'.repeat(201) },
  { scopes: 'vault' },
  { scopes: [] },
  { scopes: {} },
  { scopes: null },
  { scopes: ['vault', 7] },
  { scopes: [['vault']] },
  { scopes: ['__proto__'] },
  { scopes: ['vault', ''] },
  { scopes: ['vault', '../main'] },
  { scopes: ['vault', 'a b'] },
  { scopes: ['vault', 'v'.repeat(201)] },
  { scopes: Array.from({ length: 1_001 }, (_, number) => `v${number}`) },
  { roles: 'admin' },
  { roles: [{ admin: true }] },
  { roles: { length: 1 } },
];

function good(claims: Readonly<Record<string, unknown>>, scopes: readonly string[]): Token {
  const header = `Bearer ${signedWith({ alg: 'HS256' }, { exp: EXPIRES, ...claims })}`;
  return { header, is: 'good', scopes, admin: false, who: String(claims['sub']).replace(/\W|_/g, '') };
}

function signedWith(header: unknown, claims: unknown): string {
  const algorithm = String((header as { alg?: unknown }).alg ?? 'HS256');
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${hmac(algorithm, signed, SECRET)}`;
}

function hmac(algorithm: string, text: string, secret: string): string {
  return createHmac(algorithm === 'HS512' ? 'sha512' : 'sha256', secret)
    .update(text)
    .digest('base64url');
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value) ?? 'undefined').toString('base64url');
}

/** A valid token, without the word before it. */
export function tokenOf(subject: string, scopes: readonly string[]): string {
  return signedWith({ alg: 'HS256' }, { exp: EXPIRES, sub: subject, scopes });
}
