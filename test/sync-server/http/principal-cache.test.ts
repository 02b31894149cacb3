import { expect, test } from 'vitest';
import { createPrincipalCache } from '../../../apps/sync-server/src/http/principal-cache.ts';

const principal = (expiresAt: number | null) => ({
  subject: 'ana',
  scopes: ['main'],
  roles: [],
  claims: {},
  expiresAt,
});

function cacheAt() {
  const clock = { time: 1_000, now: () => clock.time, sleep: async () => {} };
  return { clock, cache: createPrincipalCache(clock) };
}

test('a token is known for a minute and verified again then', () => {
  const { clock, cache } = cacheAt();
  expect(cache.get('t')).toBeNull();
  cache.put('t', principal(null));
  clock.time += 59_999;
  expect(cache.get('t')).toMatchObject({ subject: 'ana' });
  expect(cache.get('other')).toBeNull();
  clock.time += 1;
  expect(cache.get('t')).toBeNull();
});

test('a token is not known beyond its end', () => {
  const { clock, cache } = cacheAt();
  cache.put('t', principal(clock.time + 500));
  clock.time += 499;
  expect(cache.get('t')).not.toBeNull();
  clock.time += 1;
  expect(cache.get('t')).toBeNull();
});

test('of very many tokens the oldest ones are forgotten', () => {
  const { cache } = cacheAt();
  for (let number = 0; number < 6_000; number += 1) cache.put(`t${number}`, principal(null));
  expect(cache.get('t0')).toBeNull();
  expect(cache.get('t999')).toBeNull();
  expect(cache.get('t1000')).not.toBeNull();
  expect(cache.get('t5999')).not.toBeNull();
});
