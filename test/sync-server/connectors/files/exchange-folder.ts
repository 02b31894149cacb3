import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext } from '@datastores/sync-server/conformance';
import type { Connector, Context, Item, Stream } from '@datastores/sync-server/connector';
import { type FilesOptions, files } from '@datastores/sync-server/files';

/** A folder to exchange files in, and connectors to it. */
export interface ExchangeFolder extends AsyncDisposable {
  readonly path: string;
  /** Puts a file there as the other side does: whole, under its name. */
  drop(name: string, content: string | Buffer): void;
  /** Names in a folder, sorted, without those that begin with a dot. */
  names(folder: string): string[];
  text(path: string): string;
  bytes(path: string): Buffer;
  /** The lines of the only report in `failed` of a stream. */
  report(stream?: string): Record<string, unknown>[];
  /** A server with a state of its own, or the one of that name started anew. */
  server(streams: FilesOptions['streams'], options?: Partial<FilesOptions> & { readonly name?: string }): Server;
}

/** A connector with one stream, and what it logged. */
export interface Server {
  readonly connector: Connector;
  readonly stream: Stream;
  readonly context: Context;
  readonly events: { readonly event: string; readonly detail: Readonly<Record<string, unknown>> }[];
  /** Moves its clock on. */
  pass(ms: number): void;
  /** All records by key, as a scan shows them. */
  records(): Promise<Record<string, Item['data']>>;
}

/** Makes an empty exchange folder. */
export function exchangeFolder(): ExchangeFolder {
  const root = mkdtempSync(join(tmpdir(), 'datastores-files-'));
  const path = join(root, 'exchange');
  mkdirSync(join(path, 'inbox'), { recursive: true });
  const open: Connector[] = [];
  const names = (folder: string) =>
    existsSync(join(path, folder))
      ? readdirSync(join(path, folder))
          .filter((name) => !name.startsWith('.'))
          .sort()
      : [];
  const text = (name: string) => readFileSync(join(path, name), 'utf8');
  return {
    path,
    names,
    text,
    bytes: (name) => readFileSync(join(path, name)),
    drop(name, content) {
      const target = join(path, name.includes('/') ? name : `inbox/${name}`);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(`${target}.writing`, content);
      renameSync(`${target}.writing`, target);
    },
    report(stream = 'items') {
      const [name, ...more] = names(`failed/${stream}`).filter((one) => one.endsWith('.report.jsonl'));
      if (name === undefined || more.length > 0) throw new Error(`There are ${more.length + 1} reports, or none.`);
      return text(`failed/${stream}/${name}`)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    server(streams, { name = 'one', ...options } = {}) {
      const place = options.sftp ? {} : { folder: path };
      const connector = files({ ...place, state: join(root, 'state', name), streams, ...options });
      open.push(connector);
      return serverOf(connector);
    },
    async [Symbol.asyncDispose]() {
      for (const connector of open) await connector.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function serverOf(connector: Connector): Server {
  const [stream] = Object.values(connector.streams);
  if (!stream) throw new Error('The connector has no stream.');
  const events: Server['events'][number][] = [];
  let passed = 0;
  const context: Context = {
    ...createContext(),
    now: () => Date.now() + passed,
    log: (event, detail = {}) => void events.push({ event, detail }),
  };
  return {
    connector,
    stream,
    context,
    events,
    pass: (ms) => {
      passed += ms;
    },
    async records() {
      const items: Item[] = [];
      for await (const page of stream.scan?.(null, context) ?? []) {
        for (const change of page.changes) if (change.op === 'put') items.push(change);
      }
      return Object.fromEntries(items.map(({ key, data }) => [key, data]));
    },
  };
}
