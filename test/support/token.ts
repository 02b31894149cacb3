import { SignJWT } from 'jose';

/** The shared secret of test servers. */
export const TEST_SECRET = 'a-secret-of-test-servers-that-is-long-enough';

/** A token that a test server accepts. */
export function testToken(subject: string, scopes: readonly string[] = ['main'], expires = '1h'): Promise<string> {
  return new SignJWT({ scopes })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(TEST_SECRET));
}
