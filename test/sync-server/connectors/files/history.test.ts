import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { exchangeFolder } from './exchange-folder.ts';

const STREAMS: FilesOptions['streams'] = {
  items: {
    format: { is: 'jsonl' },
    key: 'id',
    inbox: { full: 'full-*', delta: 'delta-*', complete: { minRows: 1 } },
    outbox: {},
  },
};

test('what is older than the newest full export is removed in time, and the rest is enough to begin anew', async () => {
  await using folder = exchangeFolder();
  const first = folder.server(STREAMS, { name: 'first' });
  folder.drop('full-1', '{"id":"a","n":1}\n{"id":"b","n":1}\n');
  folder.drop('delta-2', '{"id":"a","n":2}\n');
  await first.stream.push?.([{ id: 'w1', op: 'update', key: 'a', patch: { n: 9 } }], first.context);
  folder.drop('full-4', '{"id":"a","n":9}\n{"id":"b","n":3}\n');
  folder.drop('delta-5', '{"id":"b","n":4}\n');
  const before = await first.records();
  const long = new Date(Date.now() - 100 * 86_400_000);
  for (const [part, names] of [
    ['done', folder.names('done/items')],
    ['sent', folder.names('sent/items')],
  ] as const) {
    for (const name of names) utimesSync(join(folder.path, part, 'items', name), long, long);
  }
  await first.connector.close();
  const again = folder.server(STREAMS, { name: 'first' });
  expect(await again.stream.find?.({ id: 'w1', op: 'delete', key: 'a' }, again.context)).toMatchObject({ key: 'a' });
  expect(folder.names('done/items')).toEqual(['0000000004.full~full-4', '0000000005.delta~delta-5']);
  expect(folder.names('sent/items')).toEqual([]);
  expect(await again.records()).toEqual(before);
  expect(await folder.server(STREAMS, { name: 'second' }).records()).toEqual(before);
  expect(before).toEqual({ a: { id: 'a', n: 9 }, b: { id: 'b', n: 4 } });
});

test('a server whose lock was taken over while it read moves nothing and knows nothing of it', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(STREAMS, { lockTimeoutMs: 1_000 });
  await server.records();
  const lines = Array.from({ length: 60_000 }, (_, at) => `{"id":"k${at}"}\n`);
  folder.drop('delta-1', lines.join(''));
  const reading = server.stream.get(['k1'], server.context).catch((error: unknown) => error);
  const lock = join(folder.path, 'sent/items/.lock');
  while (!existsSync(lock) || statSync(lock).size === 0) await setTimeout(1);
  writeFileSync(lock, 'somebody 1 elsewhere 1');
  expect(await reading).toMatchObject({ kind: 'down', message: expect.stringContaining('taken over') });
  expect(folder.names('inbox')).toEqual(['delta-1']);
  expect(folder.names('done/items')).toEqual([]);
  expect(Object.keys(await server.records())).toHaveLength(lines.length);
});

test('a call that is cancelled while a large file is read leaves the reading to go on', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(STREAMS);
  folder.drop('delta-1', Array.from({ length: 60_000 }, (_, at) => `{"id":"k${at}"}\n`).join(''));
  const cancel = new AbortController();
  const reading = server.stream
    .get(['k1'], { ...server.context, signal: cancel.signal })
    .catch((error: unknown) => error);
  while (!existsSync(join(folder.path, 'sent/items/.lock'))) await setTimeout(1);
  cancel.abort();
  expect(await reading).toMatchObject({ kind: 'down' });
  while (folder.names('done/items').length === 0) await setTimeout(5);
  expect((await server.stream.get(['k1', 'k59999'], server.context)).size).toBe(2);
});

test('the index of one exchange is not used for another', async () => {
  await using folder = exchangeFolder();
  await using other = exchangeFolder();
  await folder.server(STREAMS).records();
  await other.server(STREAMS).records();
  const mixed = folder.server(STREAMS, { folder: other.path });
  await expect(mixed.records()).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('state folder'),
  });
});
