import { createLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';

test('what is named like a secret is never written, however deep it lies and in whatever form', () => {
  const lines: string[] = [];
  for (const pretty of [true, false]) {
    const log = createLog({ level: 'info', pretty, write: (line) => lines.push(line) });
    const headers = { Authorization: 'Bearer canary', 'X-Api-Key': 'canary', cookie: 'canary' };
    const options = {
      clientSecret: 'canary',
      password: 'canary',
      accounts: [{ refreshToken: 'canary', user: 'shop' }],
    };
    log.info('system-called', { system: 'erp', request: { headers, options } });
  }
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain('canary');
  for (const line of lines) expect(line).toMatch(/erp.*\[redacted\].*shop/);
});

test('what goes round in a circle ends, and an error tells its message and its cause', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'error', write: (line) => lines.push(line) });
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  log.info('not-written');
  log.error('failed', { circle, error: new Error('It failed.', { cause: new Error('The disk is full.') }) });
  expect(lines).toHaveLength(1);
  const { event, error } = JSON.parse(lines[0] ?? '');
  expect({ event, message: error.message, cause: error.cause }).toEqual({
    event: 'failed',
    message: 'It failed.',
    cause: 'The disk is full.',
  });
});
