import type { Change, Connector, Context, Item, Outcome, Stream, Write } from '@datastores/sync-server/connector';
import { SystemError } from '@datastores/sync-server/connector';
import type { Book } from './library.ts';

/** A connector to a library, complete: books are read by the numbers of their changes, which never skip one. */
export function libraryConnector({ url, pageSize = 100 }: { url: string; pageSize?: number }): Connector {
  const ask = async (context: Context, path: string, init: RequestInit = {}): Promise<[number, unknown]> => {
    try {
      context.signal.throwIfAborted();
      const response = await context.fetch(`${url}/books${path}`, { ...init, signal: context.signal });
      return [response.status, await response.json()];
    } catch (cause) {
      throw new SystemError('down', `The library does not answer: ${String(cause)}`, { cause });
    }
  };
  const list = async (context: Context, query: string) => (await ask(context, `?${query}`))[1] as readonly Book[];

  const books: Stream = {
    traits: {
      order: 'commit',
      deletes: 'feed',
      creates: 'findable',
      guarded: true,
      adds: false,
      batch: { max: 20, fails: 'each' },
    },
    async get(keys, context) {
      const wanted = keys.filter((key) => key !== '');
      const answers = await Promise.all(wanted.map((key) => ask(context, `/${encodeURIComponent(key)}`)));
      const found = answers.flatMap(([status, book]) => (status === 200 ? [itemOf(book as Book)] : []));
      return new Map(found.map((item) => [item.key, item]));
    },
    async *changes(cursor, context) {
      if (cursor !== null && typeof cursor !== 'number') throw new SystemError('cursor-lost', 'This is no number.');
      for (let since = cursor ?? 0; ; ) {
        const page = await list(context, `since=${since}&limit=${pageSize}`);
        since = page.at(-1)?.change ?? since;
        if (page.length === 0) return;
        yield { changes: page.map(changeOf), cursor: since };
      }
    },
    async *scan(after, context) {
      const all = (await list(context, 'limit=1000000')).filter(({ gone, id }) => !gone && (after ?? '') < id);
      const changes = all.map(changeOf).sort((a, b) => (a.key < b.key ? -1 : 1));
      yield { changes, cursor: changes.at(-1)?.key ?? after };
    },
    async push(writes, context) {
      // While the library does not answer this throws, and nothing was sent. Later nobody knows what became of a write.
      await list(context, 'limit=1');
      const outcomes: Outcome[] = [];
      for (const write of writes) {
        const failed = (error: unknown): Outcome => ({ is: 'unknown', reason: String(error) });
        outcomes.push(await pushOne(write, context).catch(failed));
      }
      return outcomes;
    },
    async find(write, context) {
      if (write.op === 'create') {
        const [book] = await list(context, `reference=${encodeURIComponent(write.ref)}`);
        return book ? itemOf(book) : null;
      }
      const isThere = (await books.get([write.key], context)).has(write.key);
      return write.op === 'delete' && !isThere ? { key: write.key, data: {} } : null;
    },
  };

  async function pushOne(write: Write, context: Context): Promise<Outcome> {
    if (write.op === 'add') return { is: 'rejected', reason: 'The library cannot add.' };
    const method = { create: 'POST', update: 'PATCH', delete: 'DELETE' }[write.op];
    const fields =
      write.op === 'create' ? { ...write.data, reference: write.ref } : write.op === 'update' ? write.patch : {};
    const guard = 'ifVersion' in write && write.ifVersion !== undefined ? `?change=${write.ifVersion}` : '';
    const path = write.op === 'create' ? '' : `/${encodeURIComponent(write.key)}${guard}`;
    const [status, body] = await ask(context, path, { method, body: JSON.stringify(fields) });
    if (status === 404) return { is: 'missing' };
    if (status === 409) return { is: 'conflict', current: itemOf(body as Book) };
    if (status >= 400) return { is: 'rejected', ...(body as { reason: string; field: string }) };
    const book = body as Book;
    return { is: 'applied', key: book.id, ...(!book.gone && { item: itemOf(book) }) };
  }

  const check = async (context: Context) => void (await list(context, 'limit=1'));
  return { kind: 'library', streams: { books }, check, close: async () => {} };
}

function itemOf({ id, name, quantity, reference, change }: Book): Item {
  return { key: id, data: { name, quantity, reference }, version: String(change) };
}

function changeOf(book: Book): Change {
  return book.gone ? { op: 'delete', key: book.id } : { op: 'put', ...itemOf(book) };
}
