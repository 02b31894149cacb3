import type { Connector, Stream, Traits } from '../connector.ts';
import { createExchange, type Exchange } from './exchange.ts';
import type { Folder } from './folder.ts';
import { createLocalFolder } from './local-folder.ts';
import { type FilesOptions, type ParsedOptions, parseOptions, type StreamOptions } from './options.ts';
import { pushWrites } from './push.ts';
import { findWrite, getRecords, readChanges, scanRecords } from './read-records.ts';
import { createSftpFolder } from './sftp-folder.ts';

export type { FilesOptions } from './options.ts';

/**
 * An exchange of files with a system that drops full exports or changes in one folder and picks up ours in another, on
 * this machine or over SFTP. Nothing is opened before the first call. Throws CONFIG_INVALID or BINDING_INVALID for options
 * that contradict themselves.
 */
export function files(options: FilesOptions): Connector {
  const parsed = parseOptions(options);
  const folder = folderOf(parsed);
  const exchanges = Object.keys(parsed.streams).flatMap((name) => createExchange(parsed, name, folder) ?? []);
  return {
    kind: 'files',
    streams: Object.fromEntries(exchanges.map((exchange) => [exchange.name, createStream(exchange)])),
    async check(context) {
      for (const exchange of exchanges) await exchange.check(context);
    },
    async close() {
      for (const exchange of exchanges) await exchange.close();
      await folder.close();
    },
  };
}

function folderOf({ folder, sftp }: ParsedOptions): Folder {
  return sftp ? createSftpFolder(sftp) : createLocalFolder(folder ?? '.');
}

function createStream(exchange: Exchange): Stream {
  const { stream } = exchange;
  return {
    traits: traitsOf(stream),
    get: (keys, context) => getRecords(exchange, keys, context),
    ...(stream.inbox && {
      changes: (cursor, context) => readChanges(exchange, cursor, context),
      scan: (after, context) => scanRecords(exchange, after, context),
    }),
    ...(stream.outbox && {
      push: (writes, context) => pushWrites(exchange, writes, context),
      find: (write, context) => findWrite(exchange, write, context),
    }),
  };
}

function traitsOf({ inbox, outbox }: StreamOptions): Traits {
  return {
    order: inbox ? 'commit' : 'none',
    deletes: inbox && (inbox.full !== undefined || inbox.operation) ? 'feed' : 'none',
    creates: outbox ? 'idempotent' : 'unsafe',
    guarded: false,
    adds: outbox?.adds ?? false,
    batch: { max: 500, fails: 'each' },
  };
}
