import { linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { drain } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { exchangeFolder } from './exchange-folder.ts';

type Inbox = NonNullable<FilesOptions['streams'][string]['inbox']>;

function streamOf(inbox: Partial<Inbox> = {}): FilesOptions['streams'] {
  return { items: { format: { is: 'jsonl' }, key: 'id', inbox: { delta: '*.jsonl', ...inbox } } };
}

const line = (id: string, value: number) => `${JSON.stringify({ id, value })}\n`;

test('files are read in the order of their names, each record as the last of them says', async () => {
  await using folder = exchangeFolder();
  for (const at of [3, 1, 10, 2]) folder.drop(`${String(at).padStart(3, '0')}.jsonl`, line('a', at));
  expect(await folder.server(streamOf()).records()).toEqual({ a: { id: 'a', value: 10 } });
  expect(folder.names('done/items')).toEqual([
    '0000000001.delta~001.jsonl',
    '0000000002.delta~002.jsonl',
    '0000000003.delta~003.jsonl',
    '0000000004.delta~010.jsonl',
  ]);
});

test('a file that is written under another name is read once it has its own', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf());
  writeFileSync(join(folder.path, 'inbox/a.jsonl.part'), '{"id":"a","va');
  writeFileSync(join(folder.path, 'inbox/.b.jsonl'), '{"id":"b","va');
  expect(await server.records()).toEqual({});
  folder.drop('a.jsonl', line('a', 1));
  expect(Object.keys(await server.records())).toEqual(['a']);
});

test('a file is read once its marker is there, which goes with it, and holds back those behind it until then', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf({ ready: { by: 'marker', suffix: '.ok' } }));
  folder.drop('a.jsonl', line('a', 1));
  folder.drop('b.jsonl', line('b', 1));
  folder.drop('b.jsonl.ok', '');
  expect(await server.records()).toEqual({});
  expect(server.events).toContainEqual({ event: 'file-awaited', detail: { name: 'a.jsonl' } });
  folder.drop('a.jsonl.ok', '');
  expect(Object.keys(await server.records())).toEqual(['a', 'b']);
  expect(folder.names('inbox')).toEqual([]);
});

test('a file is read once its size and time have stayed the same for long enough', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf({ ready: { by: 'stable', seconds: 30 } }));
  const path = join(folder.path, 'inbox/a.jsonl');
  writeFileSync(path, line('a', 1));
  expect(await server.records()).toEqual({});
  server.pass(29_000);
  writeFileSync(path, line('a', 1) + line('b', 2));
  expect(await server.records()).toEqual({});
  server.pass(29_000);
  utimesSync(path, new Date(), new Date(Date.now() + 5_000));
  expect(await server.records()).toEqual({});
  server.pass(31_000);
  expect(Object.keys(await server.records())).toEqual(['a', 'b']);
});

test('links and folders that look like files are not read', async () => {
  await using folder = exchangeFolder();
  const secret = join(folder.path, 'secret');
  writeFileSync(secret, line('secret', 1));
  symlinkSync(secret, join(folder.path, 'inbox/a.jsonl'));
  mkdirSync(join(folder.path, 'inbox/b.jsonl'));
  linkSync(secret, join(folder.path, 'inbox/c.jsonl'));
  const server = folder.server(streamOf());
  expect(Object.keys(await server.records())).toEqual(['secret']);
  expect(server.events.filter(({ event }) => event === 'entry-refused').map(({ detail }) => detail.name)).toEqual([
    'a.jsonl',
    'b.jsonl',
  ]);
  expect(folder.names('done/items')).toEqual(['0000000001.delta~c.jsonl']);
});

test('a folder that leads somewhere else is refused', async () => {
  await using folder = exchangeFolder();
  await using elsewhere = exchangeFolder();
  elsewhere.drop('a.jsonl', line('a', 1));
  rmSync(join(folder.path, 'inbox'), { recursive: true });
  symlinkSync(join(elsewhere.path, 'inbox'), join(folder.path, 'inbox'));
  await expect(folder.server(streamOf()).records()).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('link'),
  });
  expect(elsewhere.names('inbox')).toEqual(['a.jsonl']);
});

test('an empty folder in place of the exchange, as where nothing is mounted, is not taken for it', async () => {
  await using folder = exchangeFolder();
  folder.drop('a.jsonl', line('a', 1));
  await folder.server(streamOf()).records();
  rmSync(folder.path, { recursive: true });
  mkdirSync(folder.path);
  await expect(folder.server(streamOf()).records()).rejects.toMatchObject({
    kind: 'down',
    message: expect.stringContaining('mounted'),
  });
});

test('two servers read each file once, and both know what it says', async () => {
  await using folder = exchangeFolder();
  const servers = ['one', 'two', 'three'].map((name) => folder.server(streamOf(), { name }));
  for (let at = 1; at <= 20; at += 1)
    folder.drop(`${String(at).padStart(2, '0')}.jsonl`, line(`k${at}`, at) + line('last', at));
  const [first, ...others] = await Promise.all(servers.map((server) => server.records()));
  expect(Object.keys(first ?? {})).toHaveLength(21);
  expect(first?.last).toEqual({ id: 'last', value: 20 });
  for (const other of others) expect(other).toEqual(first);
  expect(folder.names('done/items')).toHaveLength(20);
  expect(folder.names('inbox')).toEqual([]);
});

test('the lock of a server that is gone is taken over', async () => {
  await using folder = exchangeFolder();
  await folder.server(streamOf()).records();
  writeFileSync(join(folder.path, 'sent/items/.lock'), 'somebody 1 elsewhere 7');
  folder.drop('a.jsonl', line('a', 1));
  const server = folder.server(streamOf(), { name: 'two', lockTimeoutMs: 1_000 });
  expect(Object.keys(await server.records())).toEqual(['a']);
});

test('an index that was lost is made again from what was read and written, and its cursors are lost with it', async () => {
  await using folder = exchangeFolder();
  const streams = { items: { ...streamOf().items, outbox: {} } as FilesOptions['streams'][string] };
  const server = folder.server(streams);
  folder.drop('a.jsonl', line('a', 1) + line('b', 1));
  const { cursor } = await drain(server.stream, null);
  const write = { id: 'w1', op: 'update', key: 'a', patch: { value: 5 } } as const;
  await server.stream.push?.([write], server.context);
  folder.drop('b.jsonl', line('b', 2));
  const before = await server.records();
  const again = folder.server(streams, { name: 'new' });
  expect(await again.records()).toEqual(before);
  expect(before).toEqual({ a: { id: 'a', value: 5 }, b: { id: 'b', value: 2 } });
  expect(await again.stream.find?.(write, again.context)).toMatchObject({ key: 'a' });
  await expect(drain(again.stream, cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
  rmSync(join(folder.path, 'done/items/0000000001.delta~a.jsonl'));
  await expect(folder.server(streams, { name: 'newer' }).records()).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('File number 1 is missing'),
  });
});

test('a lock whose owner was cut off before it wrote its name is taken over soon', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(streamOf(), { lockTimeoutMs: 600_000 });
  await server.records();
  writeFileSync(join(folder.path, 'sent/items/.lock'), '');
  folder.drop('a.jsonl', line('a', 1));
  expect(Object.keys(await server.records())).toEqual(['a']);
});
