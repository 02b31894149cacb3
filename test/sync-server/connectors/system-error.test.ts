import { SystemError } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';

/** The class as another copy of the package has it. */
class Copy extends Error {
  override readonly name = 'SystemError';
  readonly kind = 'down';
}

test('a system error of another copy of the package is one, and nothing else is', () => {
  expect(new SystemError('auth', 'no token')).toBeInstanceOf(SystemError);
  expect(new Copy('refused') instanceof SystemError).toBe(true);
  for (const other of [new Error('refused'), { name: 'SystemError', kind: 'down' }, null, 'SystemError']) {
    expect(other instanceof SystemError).toBe(false);
  }
});
