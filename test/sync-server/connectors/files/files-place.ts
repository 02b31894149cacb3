import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { type FilesOptions, files } from '@datastores/sync-server/files';
import { type SftpServer, startSftp } from '../../../support/sftp.ts';
import { createOtherProgram, csvLines, type LineForm } from './other-program.ts';

type StreamOptions = FilesOptions['streams'][string];

/** The stream of the samples, as files in a form. */
export function itemsStream(form: LineForm): StreamOptions {
  const csv = form === csvLines;
  return {
    format: csv ? { is: 'csv', separator: ';' } : { is: 'jsonl' },
    key: 'id',
    fields: {
      id: { type: 'text', ...(csv && { from: 'Artikel' }) },
      name: { type: 'text', maxLength: 20, ...(csv && { from: 'Name' }) },
      quantity: { type: 'integer', ...(csv && { from: 'Menge' }) },
    },
    inbox: { delta: `items-delta-*.${form.ending}`, operation: { field: 'op', delete: ['D'] } },
    outbox: { adds: true },
  };
}

/** A folder of this machine, the business system at its other end, and two connectors. */
export async function openFolderPlace(form: LineForm, pageSize: number): Promise<ConnectorPlace> {
  const root = mkdtempSync(join(tmpdir(), 'datastores-files-'));
  const folder = join(root, 'exchange');
  mkdirSync(folder);
  const away = join(root, 'away');
  return place({
    root,
    folder,
    form,
    options: { folder, pageSize },
    interrupt: async () => renameSync(folder, away),
    resume: async () => renameSync(away, folder),
    end: async () => {},
  });
}

/** The same over SFTP. */
export async function openSftpPlace(form: LineForm, pageSize: number): Promise<ConnectorPlace> {
  const server = await startSftp();
  const root = mkdtempSync(join(tmpdir(), 'datastores-files-'));
  return place({
    root,
    folder: server.folder,
    form,
    options: { sftp: sftpOptions(server), pageSize },
    interrupt: () => server.stop(),
    resume: () => server.start(),
    end: async () => server[Symbol.asyncDispose](),
  });
}

/** How a connector reaches a server. */
export function sftpOptions(server: SftpServer): NonNullable<FilesOptions['sftp']> {
  const { port, user, privateKey, fingerprint, folder } = server;
  return { host: '127.0.0.1', port, user, privateKey, fingerprint, folder, connectTimeoutMs: 5_000 };
}

interface Made {
  readonly root: string;
  readonly folder: string;
  readonly form: LineForm;
  readonly options: Omit<FilesOptions, 'state' | 'streams'>;
  interrupt(): Promise<void>;
  resume(): Promise<void>;
  end(): Promise<void>;
}

function place({ root, folder, form, options, interrupt, resume, end }: Made): ConnectorPlace {
  const connect = (state: string) =>
    files({ ...options, state: join(root, state), streams: { items: itemsStream(form) } });
  const [connector, another] = [connect('first'), connect('second')];
  const [stream, second] = [connector.streams.items, another.streams.items];
  if (!stream || !second) throw new Error('The connector has no stream items.');
  return {
    connector,
    stream,
    second,
    other: createOtherProgram(folder, form),
    interrupt,
    resume,
    async [Symbol.asyncDispose]() {
      await connector.close();
      await another.close();
      await end();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
