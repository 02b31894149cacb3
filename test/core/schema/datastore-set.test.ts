import { assertDatastoreSet, type Datastore, defineDatastore, MAX_DATASTORES } from '@datastores/core/schema';
import { expect, test } from 'vitest';

const named = (name: string) => defineDatastore({ name, schema: { type: 'object', properties: {} } });
const several = (count: number) => Array.from({ length: count }, (_, index) => named(`store-${index}`));

test('one process holds up to twelve datastores', () => {
  expect(() => assertDatastoreSet(several(1))).not.toThrow();
  expect(() => assertDatastoreSet(several(MAX_DATASTORES))).not.toThrow();
});

test('a thirteenth datastore is refused with the names of all', () => {
  expect(() => assertDatastoreSet(several(13))).toThrow(
    expect.objectContaining({
      code: 'TOO_MANY_DATASTORES',
      message: expect.stringMatching(/13 datastores.*12.*store-12/),
    }),
  );
});

test.each([
  ['no datastores', [], /No datastore.*at least one/],
  ['something that is no list', undefined, /No datastore.*at least one/],
  ['two of one name', [named('a'), named('b'), named('a')], /called a\. Give each/],
  ['a bare declaration', [named('a'), { name: 'b', schema: {} }], /Entry 1.*defineDatastore/],
  ['nothing', [null], /Entry 0.*defineDatastore/],
])('%s are refused', (_what, datastores, message) => {
  expect(() => assertDatastoreSet(datastores as readonly Datastore[])).toThrow(
    expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringMatching(message) }),
  );
});
