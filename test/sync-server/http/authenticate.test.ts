import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@datastores/sync-server';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createAuthenticate } from '../../../apps/sync-server/src/http/authenticate.ts';

const EXPECTED = { issuer: 'https://id.example.com', audience: 'datastores' };

/** An issuer that publishes its public key, and a check of its tokens. */
async function openIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const other = await generateKeyPair('ES256', { extractable: true });
  const publish = async (key: typeof publicKey, kid: string) => ({ ...(await exportJWK(key)), kid, alg: 'ES256' });
  const published = { k1: await publish(publicKey, 'k1'), k2: await publish(other.publicKey, 'k2') };
  let keys: readonly ('k1' | 'k2')[] = ['k1'];
  let fetches = 0;
  const server: Server = createServer((_request, response) => {
    fetches += 1;
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ keys: keys.map((kid) => published[kid]) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    publicKey,
    authenticate: createAuthenticate({
      key: { jwksUrl },
      ...EXPECTED,
      clock: { ...systemClock, now: () => Date.now() },
    }),
    fetches: () => fetches,
    token: (claims: { readonly iss?: string; readonly aud?: string } = {}, kid = 'k1') =>
      new SignJWT({ scopes: ['berlin'], iss: EXPECTED.issuer, aud: EXPECTED.audience, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setSubject('ana')
        .setExpirationTime('1h')
        .sign(kid === 'k2' ? other.privateKey : privateKey),
    publish: (...next: readonly ('k1' | 'k2')[]) => {
      keys = next;
    },
    close,
    [Symbol.asyncDispose]: () => (server.listening ? close() : Promise.resolve()),
  };
}

test('a token of the issuer is taken, and its keys are fetched once', async () => {
  await using issuer = await openIssuer();
  for (let call = 0; call < 3; call += 1) {
    const principal = await issuer.authenticate(`Bearer ${await issuer.token()}`);
    expect(principal).toMatchObject({ subject: 'ana', scopes: ['berlin'], roles: [] });
  }
  expect(issuer.fetches()).toBe(1);
});

test('a token for another program or of another issuer is refused, naming the claim', async () => {
  await using issuer = await openIssuer();
  const foreign = issuer.authenticate(`Bearer ${await issuer.token({ aud: 'mail' })}`);
  await expect(foreign).rejects.toMatchObject({ code: 'TOKEN_INVALID', message: expect.stringContaining('"aud"') });
  const other = issuer.authenticate(`Bearer ${await issuer.token({ iss: 'https://evil.example.com' })}`);
  await expect(other).rejects.toMatchObject({ code: 'TOKEN_INVALID', message: expect.stringContaining('"iss"') });
});

test('a token signed with the public key as if it were a secret is refused', async () => {
  await using issuer = await openIssuer();
  const forged = await new SignJWT({ iss: EXPECTED.issuer, aud: EXPECTED.audience })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .setSubject('ana')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(await exportSPKI(issuer.publicKey)));
  await expect(issuer.authenticate(`Bearer ${forged}`)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

test('many unknown keys make no more than one fetch', async () => {
  await using issuer = await openIssuer();
  for (let n = 0; n < 50; n += 1) {
    const call = issuer.authenticate(`Bearer ${await issuer.token({}, `unknown-${n}`)}`);
    await expect(call).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  }
  expect(issuer.fetches()).toBe(1);
});

test('a key that the issuer adds is taken within half a minute, and one that it withdraws ends within some', async () => {
  await using issuer = await openIssuer();
  const [old, fresh] = [`Bearer ${await issuer.token()}`, `Bearer ${await issuer.token({}, 'k2')}`];
  await issuer.authenticate(old);
  issuer.publish('k1', 'k2');
  await expect(issuer.authenticate(fresh)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  using time = laterBy(31_000);
  expect(await issuer.authenticate(fresh)).toMatchObject({ subject: 'ana' });
  issuer.publish('k2');
  time.add(11 * 60_000);
  await expect(issuer.authenticate(old)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await issuer.authenticate(fresh)).toMatchObject({ subject: 'ana' });
});

test('while the issuer is out of reach the keys that it had go on holding, and no other is taken', async () => {
  await using issuer = await openIssuer();
  const [known, unknown] = [`Bearer ${await issuer.token()}`, `Bearer ${await issuer.token({}, 'k2')}`];
  await issuer.authenticate(known);
  await issuer.close();
  using _time = laterBy(30 * 60_000);
  expect(await issuer.authenticate(known)).toMatchObject({ subject: 'ana' });
  await expect(issuer.authenticate(unknown)).rejects.toMatchObject({ code: 'SERVER_FAILED', retryable: true });
});

test('an issuer that is out of reach is no fault of the token, so the request may be repeated', async () => {
  await using issuer = await openIssuer();
  const token = await issuer.token();
  await issuer.close();
  await expect(issuer.authenticate(`Bearer ${token}`)).rejects.toMatchObject({
    code: 'SERVER_FAILED',
    retryable: true,
  });
});

/** Puts the clock of the process forward until it is disposed of. */
function laterBy(ms: number) {
  const real = Date.now;
  let ahead = ms;
  Date.now = () => real() + ahead;
  return {
    add: (more: number) => {
      ahead += more;
    },
    [Symbol.dispose]: () => {
      Date.now = real;
    },
  };
}
