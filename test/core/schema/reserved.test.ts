import { DatastoreError } from '@datastores/core';
import { defineDatastore, issuesOf } from '@datastores/core/schema';
import { createRxDatabase, type RxCollection } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { expect, test } from 'vitest';

test('no name of a property of an RxDB database can be the name of a datastore', async () => {
  const database = await createRxDatabase({ name: 'reserved', storage: getRxStorageMemory(), multiInstance: false });
  const names = propertyNames(database).filter((name) => /^[a-z][a-z0-9-]*$/.test(name));
  await database.close();

  expect(names).toContain('collections');
  expect(names.filter((name) => isAccepted({ name, schema: { type: 'object', properties: {} } }))).toEqual([]);
});

test('no name of a property of an RxDB document can be the name of a field', async () => {
  const database = await createRxDatabase({ name: 'reserved', storage: getRxStorageMemory(), multiInstance: false });
  const schema = { version: 0, primaryKey: 'id', type: 'object', properties: { id: { type: 'string', maxLength: 9 } } };
  const { thing } = (await database.addCollections({ thing: { schema } } as never)) as Record<string, RxCollection>;
  const document = await thing?.insert({ id: 'a' });
  const names = propertyNames(document).filter((name) => !['id', '__proto__'].includes(name));
  await database.close();

  expect(names).toContain('incrementalPatch');
  const field = (name: string) => ({
    name: 'thing',
    schema: { type: 'object', properties: { [name]: { type: 'string' } } },
  });
  expect(names.filter((name) => isAccepted(field(name)))).toEqual([]);
});

test('a format is refused, or known to the validator', () => {
  const field = (format: string) => ({
    type: 'object' as const,
    properties: { a: { type: 'string' as const, format } },
  });
  const formats = [
    ...['date', 'time', 'date-time', 'iso-time', 'iso-date-time', 'duration', 'uri', 'uri-reference', 'uri-template'],
    ...['url', 'email', 'hostname', 'ipv4', 'ipv6', 'regex', 'uuid', 'json-pointer', 'json-pointer-uri-fragment'],
    ...['relative-json-pointer', 'byte', 'int32', 'double', 'binary', 'idn-email', 'colour'],
  ];
  const accepted = formats.filter((format) => isAccepted({ name: 'thing', schema: field(format) }));

  expect(accepted).toContain('date-time');
  expect(accepted).not.toContain('colour');
  for (const format of accepted) {
    const datastore = defineDatastore({ name: 'thing', schema: field(format) });
    expect(issuesOf(datastore, { id: 'x', a: '(%' }), format).toEqual([
      expect.objectContaining({ path: '/a', message: expect.stringContaining(format) }),
    ]);
  }
});

function isAccepted(declaration: object): boolean {
  try {
    Reflect.apply(defineDatastore, undefined, [declaration]);
    return true;
  } catch (error) {
    if (error instanceof DatastoreError) return false;
    throw error;
  }
}

function propertyNames(object: unknown): string[] {
  const names = new Set<string>();
  for (
    let current: unknown = object;
    current !== null && current !== undefined;
    current = Object.getPrototypeOf(current)
  ) {
    for (const name of Object.getOwnPropertyNames(current)) names.add(name);
  }
  return [...names];
}
