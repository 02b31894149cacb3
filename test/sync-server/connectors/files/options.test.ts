import { files } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';

const STREAM = { format: { is: 'csv' }, key: 'id', fields: { id: {}, n: {} }, inbox: { delta: '*.csv' } };
const FINGERPRINT = `SHA256:${'a'.repeat(43)}`;

test('options that cannot work are refused, naming entry and remedy', () => {
  const exchange = (given: object) => () =>
    files({ folder: '/srv/x', state: '/srv/s', streams: { items: STREAM }, ...given } as never);
  const stream = (given: object) => exchange({ streams: { items: { ...STREAM, ...given } } });
  const sftp = (given: object) =>
    exchange({
      folder: undefined,
      sftp: { host: 'h', user: 'u', password: 'p', fingerprint: FINGERPRINT, folder: '/x', ...given },
    });

  expect(exchange({})).not.toThrow();
  expect(sftp({})).not.toThrow();
  expect(exchange({ folder: undefined })).toThrow(/CONFIG_INVALID.*either folder or sftp/);
  expect(exchange({ state: undefined })).toThrow(/CONFIG_INVALID.*state/);
  expect(exchange({ streams: {} })).toThrow(/CONFIG_INVALID.*streams/);
  expect(exchange({ streams: { '../x': STREAM } })).toThrow(/INVALID.*letters/);
  expect(exchange({ folders: { inbox: '../in' } })).toThrow(/CONFIG_INVALID.*folders\.inbox/);
  expect(exchange({ folders: { inbox: '/in' } })).toThrow(/CONFIG_INVALID.*folders\.inbox/);
  expect(exchange({ folders: { inbox: 'a', outbox: 'a' } })).toThrow(/CONFIG_INVALID.*its own folder/);
  expect(sftp({ fingerprint: undefined })).toThrow(/CONFIG_INVALID.*sftp\.fingerprint/);
  expect(sftp({ fingerprint: '00:11:22' })).toThrow(/ssh-keygen/);
  expect(sftp({ privateKey: 'PRIVATE KEY' })).toThrow(/either password or privateKey/);
  expect(sftp({ password: undefined, privateKey: '/home/me/.ssh/id' })).toThrow(/text of the key/);

  expect(stream({ inbox: undefined })).toThrow(/BINDING_INVALID.*an inbox, an outbox or both/);
  expect(stream({ inbox: {} })).toThrow(/BINDING_INVALID.*pattern/);
  expect(stream({ inbox: { delta: '../*.csv' } })).toThrow(/BINDING_INVALID.*delta/);
  expect(stream({ inbox: { full: '*.csv' } })).toThrow(/BINDING_INVALID.*inbox\.complete.*whole/);
  expect(stream({ inbox: { full: '*.csv', complete: { trailer: '(' } } })).toThrow(/regular expression/);
  expect(stream({ key: 'sku' })).toThrow(/BINDING_INVALID.*"sku" is not among the fields/);
  expect(stream({ fields: undefined, outbox: {} })).toThrow(/BINDING_INVALID.*fields.*order/);
  expect(stream({ outbox: { rows: 'changed' } })).toThrow(/BINDING_INVALID.*absentText/);
  expect(stream({ outbox: { writeId: 'n' } })).toThrow(/BINDING_INVALID.*"n"/);
  expect(stream({ ack: { pattern: '*.csv' } })).toThrow(/BINDING_INVALID.*outbox/);
  expect(stream({ format: { is: 'csv', separator: ',', quote: ',' } })).toThrow(/BINDING_INVALID.*quote/);
  expect(stream({ format: { is: 'csv', decimal: ',', thousands: ',' } })).toThrow(/BINDING_INVALID.*thousands/);
  expect(stream({ format: { is: 'csv', quote: false, decimal: ',' } })).toThrow(/BINDING_INVALID.*decimal/);
  expect(stream({ format: { is: 'xml' } })).toThrow(/BINDING_INVALID.*record/);
});

test('a stream offers what its options describe, and no more', () => {
  const traitsOf = (given: object) =>
    files({ folder: '/srv/x', state: '/srv/s', streams: { items: { ...STREAM, ...given } } } as never).streams.items
      ?.traits;
  expect(traitsOf({})).toMatchObject({
    order: 'commit',
    deletes: 'none',
    creates: 'unsafe',
    guarded: false,
    adds: false,
  });
  expect(traitsOf({ inbox: { delta: '*', operation: { field: 'op', delete: ['D'] } } })).toMatchObject({
    deletes: 'feed',
  });
  expect(traitsOf({ inbox: { full: '*', complete: { minRows: 1 } } })).toMatchObject({ deletes: 'feed' });
  expect(traitsOf({ outbox: { adds: true } })).toMatchObject({ creates: 'idempotent', adds: true });
});
