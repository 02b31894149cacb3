import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { drain } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { exchangeFolder } from './exchange-folder.ts';

type Inbox = NonNullable<FilesOptions['streams'][string]['inbox']>;

const INBOX: Inbox = {
  full: 'full-*.csv',
  delta: 'delta-*.csv',
  complete: { minRows: 2 },
  operation: { field: 'op', delete: ['D'] },
};

function streamOf(inbox: Partial<Inbox> = {}): FilesOptions['streams'] {
  return {
    items: {
      format: { is: 'csv' },
      key: 'id',
      fields: { id: {}, name: {} },
      inbox: { ...INBOX, ...inbox },
    },
  };
}

/** A full export of records `from` to `to`. */
function full(from: number, to: number): string {
  const lines = Array.from({ length: to - from + 1 }, (_, at) => `${from + at},n${from + at}\n`);
  return `id,name\n${lines.join('')}`;
}

test('what a full export does not name is gone, and only what differs is a change', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf());
  folder.drop('full-1.csv', full(1, 5));
  const first = await drain(server.stream, null);
  expect(first.items).toHaveLength(5);
  folder.drop('delta-2.csv', 'op,id,name\nD,1,\nU,6,six\n');
  folder.drop('full-3.csv', `${full(3, 5).replace('n4', 'changed')}6,six\n`);
  const second = await drain(server.stream, first.cursor);
  expect(second.items.map(({ key }) => key).sort()).toEqual(['4', '6']);
  expect(second.deleted.sort()).toEqual(['1', '2']);
  expect(Object.keys(await server.records())).toEqual(['3', '4', '5', '6']);
});

test('a full export that would delete too much waits, and all behind it, until a person accepts it', async () => {
  await using folder = exchangeFolder();
  const server = folder.server({ items: { ...streamOf().items, outbox: {} } as FilesOptions['streams'][string] });
  folder.drop('full-1.csv', full(1, 100));
  await server.records();
  folder.drop('full-2.csv', full(1, 80));
  folder.drop('full-3.csv', full(1, 100));
  for (let times = 0; times < 2; times += 1) {
    await expect(server.records()).rejects.toMatchObject({
      kind: 'shape',
      message: expect.stringContaining('lacks 20 of 100'),
    });
  }
  expect(folder.names('inbox')).toEqual(['full-2.csv', 'full-3.csv']);
  const write = { id: 'w1', op: 'update', key: '1', patch: { name: 'ours' } } as const;
  expect(await server.stream.push?.([write], server.context)).toMatchObject([{ is: 'applied' }]);
  folder.drop('full-2.csv.accept', '');
  expect(Object.keys(await server.records())).toHaveLength(100);
  expect(folder.names('done/items')).toEqual([
    '0000000001.full~full-1.csv',
    '0000000003.full~full-2.csv',
    '0000000004.full~full-3.csv',
  ]);
  expect(folder.names('inbox')).toEqual([]);
});

const TRAILER = { complete: { trailer: '^END (?<rows>\\d+)$' } };

test.each<{
  readonly name: string;
  readonly content: string;
  readonly inbox?: Partial<Inbox>;
  readonly reason: RegExp;
}>([
  { name: 'that is empty', content: 'id,name\n', reason: /minRows/ },
  { name: 'with fewer records than declared', content: 'id,name\n1,a\n', reason: /minRows/ },
  { name: 'whose last line is cut off', content: 'id,name\n1,n1\n2,n2\n3', reason: /truncated/ },
  {
    name: 'whose last line has no end, where it must',
    content: 'id,name\n1,n1\n2,n2',
    inbox: { complete: { minRows: 1, finalNewline: true } },
    reason: /truncated/,
  },
  { name: 'without its trailer', content: 'id,name\n1,n1\n2,n2\n', inbox: TRAILER, reason: /trailer/ },
  {
    name: 'with a trailer that counts more',
    content: 'id,name\n1,n1\n2,n2\nEND 3\n',
    inbox: TRAILER,
    reason: /counts 3 records, and there are 2/,
  },
])('a full export $name deletes nothing', async ({ content, inbox, reason }) => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', full(1, 5));
  const before = await folder.server(streamOf()).records();
  folder.drop('full-2.csv', content);
  const server = folder.server(streamOf(inbox), { name: 'one' });
  expect(await server.records()).toEqual(before);
  expect(folder.report()[0]?.refused).toMatch(reason);
});

test('a trailer that counts right is no record', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${full(1, 3)}END 3\n`);
  const server = folder.server(streamOf({ complete: { trailer: '^END (?<rows>\\d+)$' } }));
  expect(Object.keys(await server.records())).toEqual(['1', '2', '3']);
});

test('no deletion is drawn from an export with a line whose key is unknown, nor of the key of a faulty line', async () => {
  await using folder = exchangeFolder();
  const server = folder.server({
    items: { ...streamOf().items, fields: { id: {}, name: { maxLength: 5 } } } as FilesOptions['streams'][string],
  });
  folder.drop('full-1.csv', full(1, 5));
  await server.records();
  folder.drop('full-2.csv', 'id,name\n1,n1\n2,far too long\n3,n3\n');
  expect(await server.records()).toMatchObject({ '1': {}, '2': { name: 'n2' }, '3': {} });
  expect(Object.keys(await server.records())).toEqual(['1', '2', '3']);
  folder.drop('full-3.csv', 'id,name\n1,new\n,lost\n4,n4\n');
  expect(await server.records()).toMatchObject({ '1': { name: 'new' }, '2': {}, '3': {}, '4': {} });
  expect(server.events.filter(({ event }) => event === 'file-read').at(-1)?.detail).toHaveProperty('deletions');
});

test('of several lines for one key in a full export the first counts and the others are reported', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', 'id,name\n1,first\n2,b\n1,second\n3,c\n');
  expect((await folder.server(streamOf()).records())['1']).toEqual({ id: '1', name: 'first' });
  expect(folder.report().slice(1)).toMatchObject([{ line: 4, reason: 'names 1 again, after line 2' }]);
});

test('of several lines for one key in a delta all are applied in their order', async () => {
  await using folder = exchangeFolder();
  folder.drop('delta-1.csv', 'op,id,name\nU,1,a\nD,1,\nU,1,b\nU,2,c\nD,2,\n');
  expect(await folder.server(streamOf()).records()).toEqual({ '1': { id: '1', name: 'b' } });
});

test('a file of the same name and content is not applied twice, one of the same name and other content is', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf());
  const one = 'op,id,name\nU,1,one\n';
  folder.drop('delta-1.csv', one);
  folder.drop('delta-2.csv', 'op,id,name\nU,1,two\n');
  await server.records();
  folder.drop('delta-1.csv', one);
  expect((await server.records())['1']?.name).toBe('two');
  expect(server.events.map(({ event }) => event)).toContain('file-repeated');
  folder.drop('delta-2.csv', one);
  expect((await server.records())['1']?.name).toBe('one');
  folder.drop('delta-2.csv', 'op,id,name\nU,1,two\n');
  expect((await server.records())['1']?.name).toBe('two');
  const applying = folder.server(streamOf({ repeats: 'apply' }), { name: 'one' });
  await server.connector.close();
  folder.drop('delta-1.csv', one);
  expect((await applying.records())['1']?.name).toBe('one');
});
