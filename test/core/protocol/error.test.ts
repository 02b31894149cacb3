import { DatastoreError, type DatastoreErrorCode, ERROR_CODES, isDatastoreError } from '@datastores/core';
import { fromWireError, toWireError } from '@datastores/core/protocol';
import { expect, test } from 'vitest';

const overTheWire = (error: unknown) => fromWireError(JSON.parse(JSON.stringify(toWireError(error))));

test.each(Object.keys(ERROR_CODES) as DatastoreErrorCode[])('%s arrives as it was thrown', (code) => {
  const sent = new DatastoreError(code, 'Because.', {
    details: [{ path: '/a' }],
    retryAfterMs: 5,
    cause: new Error('the inner cause'),
  });
  const read = overTheWire(sent);

  expect(read).toMatchObject({
    code,
    message: sent.message,
    remedy: sent.remedy,
    retryable: ERROR_CODES[code].retryable,
    retryAfterMs: 5,
    details: [{ path: '/a' }],
  });
  expect(JSON.stringify(toWireError(sent))).not.toContain('the inner cause');
});

test('a remedy of its own arrives, also where the message repeats it', () => {
  const sent = new DatastoreError('FORBIDDEN', 'Ask. FORBIDDEN: Ask.', { remedy: 'Ask.' });

  expect(toWireError(sent).message).toBe('Ask. FORBIDDEN: Ask.');
  expect(overTheWire(sent)?.message).toBe(sent.message);
});

test.each([new Error('secret path /etc'), 'secret', null, { code: 'FORBIDDEN' }])(
  'any other error says nothing: %s',
  (error) => {
    const wire = toWireError(error);

    expect(wire).toMatchObject({ code: 'SERVER_FAILED', retryable: true });
    expect(JSON.stringify(wire)).not.toContain('secret');
  },
);

test.each(['CONNECTOR_ASLEEP', 'constructor', '__proto__'])(
  'the unknown code %s is named and repeated only if it says so',
  (code) => {
    for (const retryable of [true, false]) {
      const read = fromWireError({ code, message: 'Zzz.', remedy: 'Wake it.', retryable });

      expect(read).toMatchObject({ code: 'SERVER_FAILED', retryable, remedy: 'Wake it.' });
      expect(read?.message).toContain(`${code}: Zzz.`);
    }
  },
);

test.each([
  null,
  undefined,
  'FORBIDDEN',
  {},
  { code: 'FORBIDDEN' },
  { code: 1, message: '', remedy: '', retryable: true },
])('%j is no error of the wire', (data) => {
  expect(fromWireError(data)).toBeNull();
});

test('details that JSON cannot hold cost the details, not the error', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;

  expect(toWireError(new DatastoreError('FORBIDDEN', 'No.', { details: cyclic }))).not.toHaveProperty('details');
  expect(toWireError(new DatastoreError('FORBIDDEN', 'No.', { details: () => 1 }))).not.toHaveProperty('details');
});

test('an error of another copy of this package is one too', () => {
  const other = Object.assign(new Error('x'), { name: 'DatastoreError', code: 'FORBIDDEN', remedy: 'y' });

  expect(isDatastoreError(other)).toBe(true);
  expect(isDatastoreError(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false);
  expect(isDatastoreError({ name: 'DatastoreError', code: 'FORBIDDEN' })).toBe(false);
});
