import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { create } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { openProxy } from '../../../support/proxy.ts';
import { startSftp } from '../../../support/sftp.ts';
import { exchangeFolder } from './exchange-folder.ts';
import { sftpOptions } from './files-place.ts';

const STREAMS: FilesOptions['streams'] = {
  items: { format: { is: 'jsonl' }, key: 'id', inbox: { delta: '*.jsonl' }, outbox: {} },
};

test('a server with another host key, or that refuses the login, is left before anything is sent', async () => {
  await using server = await startSftp();
  await using other = await startSftp();
  await using folder = exchangeFolder();
  const failing = async (given: Partial<NonNullable<FilesOptions['sftp']>>) => {
    const { connector, context } = folder.server(STREAMS, { sftp: { ...sftpOptions(server), ...given } });
    return connector.check(context).catch((error: unknown) => error);
  };
  const stranger = await failing({ fingerprint: other.fingerprint });
  expect(stranger).toMatchObject({ kind: 'auth', message: expect.stringContaining(server.fingerprint) });
  expect(await failing({ privateKey: other.privateKey })).toMatchObject({ kind: 'auth' });
  expect(await failing({ privateKey: undefined, password: 'wrong' })).toMatchObject({ kind: 'auth' });
  expect(await failing({ folder: `${server.folder}/absent` })).toMatchObject({ kind: 'down' });
  expect(await failing({ port: 1 })).toMatchObject({ kind: 'down' });
  expect(await failing({ privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nbroken' })).toMatchObject({ kind: 'auth' });
  expect(readdirSync(server.folder)).toEqual([]);
});

test('links on a server are neither read nor followed', async () => {
  await using server = await startSftp();
  await using folder = exchangeFolder();
  mkdirSync(join(server.folder, 'inbox'));
  writeFileSync(join(server.folder, 'secret'), '{"id":"secret"}\n');
  symlinkSync(join(server.folder, 'secret'), join(server.folder, 'inbox/a.jsonl'));
  writeFileSync(join(server.folder, 'inbox/b.jsonl'), '{"id":"b"}\n');
  expect(Object.keys(await folder.server(STREAMS, { sftp: sftpOptions(server) }).records())).toEqual(['b']);
  symlinkSync(folder.path, join(server.folder, 'elsewhere'));
  const leading = folder.server(STREAMS, {
    sftp: sftpOptions(server),
    folders: { inbox: 'elsewhere/inbox' },
    name: 'two',
  });
  await expect(leading.records()).rejects.toMatchObject({ kind: 'shape', message: expect.stringContaining('link') });
});

test('a large file is read over a connection that breaks, from the start and once', async () => {
  await using server = await startSftp();
  await using folder = exchangeFolder();
  await using line = await openProxy(server.port);
  const one = folder.server(STREAMS, { sftp: { ...sftpOptions(server), port: line.port } });
  await one.connector.check(one.context);
  const lines = Array.from({ length: 60_000 }, (_, at) => `{"id":"k${at}","text":"${'x'.repeat(100)}"}\n`);
  writeFileSync(join(server.folder, 'inbox/a.jsonl'), lines.join(''));
  const stalled = line.stallAfter(1_000_000);
  const reading = one.stream.get(['k0'], one.context).catch((error: unknown) => error);
  await stalled;
  line.cut();
  expect(await reading).toMatchObject({ kind: 'down' });
  expect(existsSync(join(server.folder, 'sent/items/.lock'))).toBe(true);
  line.mend();
  expect((await one.stream.get(['k0', 'k59999'], one.context)).size).toBe(2);
  expect(readdirSync(join(server.folder, 'done/items'))).toEqual(['0000000001.delta~a.jsonl']);
}, 120_000);

test('what is handed over lies under its name only when it is whole', async () => {
  await using server = await startSftp();
  await using folder = exchangeFolder();
  const one = folder.server(STREAMS, { sftp: sftpOptions(server) });
  const writes = Array.from({ length: 500 }, (_, at) => create(`w${at}`, 'x'.repeat(200), at));
  expect((await one.stream.push?.(writes, one.context))?.every(({ is }) => is === 'applied')).toBe(true);
  const [name = '', ...more] = readdirSync(join(server.folder, 'outbox'));
  expect(more).toEqual([]);
  expect(name).toMatch(/^items-0000000001-[0-9a-f]{16}\.jsonl$/);
});
