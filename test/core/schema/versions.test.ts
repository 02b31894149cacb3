import {
  assertServedVersion,
  defineDatastore,
  downgradeDocument,
  type JsonDocument,
  upgradeDocument,
  type VersionStep,
} from '@datastores/core/schema';
import { expect, test } from 'vitest';

const rename = (from: string, to: string): VersionStep => ({
  up: (document) => moved(document, from, to),
  down: (document) => moved(document, to, from),
});

function moved(document: JsonDocument, from: string, to: string): JsonDocument {
  const { [from]: value, ...rest } = document;
  return { ...rest, [to]: value } as JsonDocument;
}

const declare = (versions: Record<number, VersionStep>) =>
  defineDatastore({
    name: 'thing',
    schema: { type: 'object', properties: {} },
    version: Object.keys(versions).length,
    versions,
  });

const datastore = declare({ 1: rename('a', 'b'), 2: rename('b', 'c'), 3: rename('c', 'd') });

test('a document goes up step by step from any version, and comes back down', () => {
  expect(upgradeDocument(datastore, { id: 'x', a: 1 }, 0)).toEqual({ id: 'x', d: 1 });
  expect(upgradeDocument(datastore, { id: 'x', c: 1 }, 2)).toEqual({ id: 'x', d: 1 });
  expect(upgradeDocument(datastore, { id: 'x', d: 1 }, 3)).toEqual({ id: 'x', d: 1 });
  expect(downgradeDocument(datastore, { id: 'x', d: 1 }, 0)).toEqual({ id: 'x', a: 1 });
  expect(downgradeDocument(datastore, { id: 'x', d: 1 }, 2)).toEqual({ id: 'x', c: 1 });
});

test.each([0, 1, 2, 3])('up from version %i and down again gives the same document', (version) => {
  const document = { id: 'x', ['abcd'[version] as string]: 7 };

  expect(downgradeDocument(datastore, upgradeDocument(datastore, document, version), version)).toEqual(document);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('secret');
    },
    'threw an error',
  ],
  ['returns nothing', () => undefined, 'did not return a document'],
  ['changes the id', () => ({ id: 'y' }), 'changed the id'],
])('a step that %s is named and the document is left alone', (_what, broken, message) => {
  const one = declare({ 1: { up: broken as VersionStep['up'], down: broken as VersionStep['down'] } });

  for (const [to, run] of [
    ['up', () => upgradeDocument(one, { id: 'x' }, 0)],
    ['down', () => downgradeDocument(one, { id: 'x' }, 0)],
  ] as const) {
    expect(run).toThrow(
      expect.objectContaining({
        code: 'DOCUMENT_INVALID',
        message: expect.stringContaining(`versions[1].${to} of "thing" ${message}`),
      }),
    );
  }
});

test('the newest version and the one before are served', () => {
  expect(() => assertServedVersion(datastore, 3)).not.toThrow();
  expect(() => assertServedVersion(datastore, 2)).not.toThrow();
});

test.each([
  [1, 'serves 2 to 3. Update the replica'],
  [4, 'serves 2 to 3. Update the server'],
  [Number.NaN, 'serves 2 to 3'],
])('version %d asks for an upgrade of the older side', (version, message) => {
  expect(() => assertServedVersion(datastore, version)).toThrow(
    expect.objectContaining({ code: 'UPGRADE_REQUIRED', message: expect.stringContaining(message) }),
  );
});

test('a datastore of one version names that version', () => {
  expect(() => assertServedVersion(declare({}), 1)).toThrow('serves 0. Update the server');
});
