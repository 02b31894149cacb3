// A sync server over its SQLite store, as `datastores serve` runs it. It can be killed at any moment.
import { createSyncServer, developmentToken, type SyncServer } from '@datastores/sync-server';
import { answer } from '../bench/answer.ts';
import { digestOf } from './digest.ts';
import { type Entry, entries } from './entry.ts';
import { type NewNote, newNotes } from './note.ts';

/** Where a server keeps its data, and the port that it listens on; 0: any free one. */
export interface ServerPlace {
  readonly folder: string;
  readonly port: number;
}

const SCOPE = 'main';
const TOKEN_TTL_MS = 24 * 3_600_000;
const EVERYTHING = 10_000_000;

let server: SyncServer;

const commands = {
  async start({ folder, port }: ServerPlace) {
    server = await createSyncServer({
      datastores: [entries, newNotes],
      dataFolder: folder,
      server: { port, requestsPerMinute: EVERYTHING },
      auth: { developmentTokens: true },
      log: { level: 'silent' },
      // Every decision is looked for in the end.
      history: { maxEvents: EVERYTHING },
    });
    const listening = await server.listen();
    return { port: listening.port, token: await developmentToken(folder, { subject: 'chaos', ttlMs: TOKEN_TTL_MS }) };
  },

  /** Writes a document as an external system would; null deletes it. */
  async put({ id, document }: { readonly id: string; readonly document: Omit<Entry, 'id'> | null }): Promise<void> {
    const key = { datastore: entries.name, id };
    await server.store.write({ scope: SCOPE, documents: [key] }, (current) => {
      const write = {
        ...key,
        body: document === null ? null : JSON.stringify({ id, ...document }),
        schemaVersion: entries.version,
        author: '@chaos',
        base: current.document(key)?.version ?? null,
        from: null,
      };
      return { documents: [write], result: null };
    });
  },

  async digest(): Promise<string> {
    return digestOf((await readFeed<Entry>(entries.name)).documents);
  },

  async contents(): Promise<readonly Entry[]> {
    return (await readFeed<Entry>(entries.name)).documents;
  },

  notes: async (): Promise<readonly NewNote[]> => (await readFeed<NewNote>(newNotes.name)).documents,

  /** What is wrong with the numbers of the feed; empty: nothing. */
  async feedProblems(): Promise<readonly string[]> {
    const { numbers } = await readFeed<Entry>(entries.name);
    const { position } = await server.store.head(SCOPE);
    const problems: string[] = [];
    if (numbers.some((seq, at) => seq <= (numbers[at - 1] ?? 0))) problems.push('numbers are not ascending');
    // Every write is one document, so the newest number is that of a document.
    if ((numbers.at(-1) ?? 0) !== position.seq) problems.push(`head ${position.seq}, last ${numbers.at(-1)}`);
    if ((await server.store.tagAt(SCOPE, position.seq)) !== position.tag) problems.push('the head has another tag');
    return problems;
  },

  /** All decisions on fields that two sides had changed: who lost which value. */
  async decisions() {
    const decisions = await server.store.decisions({ limit: EVERYTHING });
    return decisions.map(({ id, field, by, proposed, result }) => ({ id, field, by, proposed, result }));
  },

  close: () => server.close(),
};

/** What this process can be asked for. */
export type ServerCommands = typeof commands;

/** A decision of the server on one field. */
export type Decided = Awaited<ReturnType<ServerCommands['decisions']>>[number];

answer(commands);

async function readFeed<D>(datastore: string): Promise<{ readonly documents: D[]; readonly numbers: number[] }> {
  const documents: D[] = [];
  const numbers: number[] = [];
  for (let after = 0; ; ) {
    const request = { scope: SCOPE, datastore, after, maxRows: 1_000, maxBytes: EVERYTHING };
    const page = await server.store.feed(request);
    for (const row of page.rows) {
      numbers.push(row.seq);
      const body = row.deleted ? null : row.body;
      if (body !== null) documents.push(JSON.parse(body) as D);
    }
    if (!page.hasMore) return { documents, numbers };
    after = page.rows.at(-1)?.seq ?? after;
  }
}
