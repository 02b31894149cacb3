import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A book as the library keeps it. `change` is the number of its last change. */
export interface Book {
  readonly id: string;
  readonly name: string | null;
  readonly quantity: number;
  readonly reference: string | null;
  readonly change: number;
  readonly gone: boolean;
}

/** The business system of the example: a library whose books have a shelf mark, a title and a number of copies. */
export interface Library extends AsyncDisposable {
  readonly url: string;
  /** What its own staff does. */
  insert(name: string | null, quantity: number, reference?: string): Book;
  change(id: string, fields: Partial<Pick<Book, 'name' | 'quantity' | 'gone'>>): Book;
  get(id: string): Book | undefined;
  /** Books by the number of their last change, removed ones included. */
  books(): readonly Book[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Opens a library with an HTTP interface: `GET /books`, `GET /books/ID`, and `POST`, `PATCH`, `DELETE`. */
export async function openLibrary(): Promise<Library> {
  const books = new Map<string, Book>();
  let [changes, port] = [0, 0];
  const put = (book: Omit<Book, 'change'>): Book => {
    changes += 1;
    const kept = { ...book, change: changes };
    books.set(book.id, kept);
    return kept;
  };
  const server = createServer((request, response) => {
    void answer(library, request, response);
  });
  const start = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await start();
  port = (server.address() as AddressInfo).port;
  const library: Library = {
    url: `http://127.0.0.1:${port}`,
    insert: (name, quantity, reference) =>
      put({ id: randomUUID(), name, quantity, reference: reference ?? null, gone: false }),
    change: (id, fields) => put({ ...(books.get(id) as Book), ...fields }),
    get: (id) => books.get(id),
    books: () => [...books.values()].sort((a, b) => a.change - b.change),
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
  return library;
}

async function answer(library: Library, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', library.url);
  const id = decodeURIComponent(url.pathname.replace(/^\/books\/?/, ''));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const fields = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Partial<Book>);
  const [status, body] = reply(library, { method: request.method ?? '', id, fields, query: url.searchParams });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Call {
  readonly method: string;
  readonly id: string;
  readonly fields: Partial<Book>;
  readonly query: URLSearchParams;
}

function reply(library: Library, { method, id, fields, query }: Call): readonly [number, unknown] {
  if (method === 'GET' && id === '') {
    const wanted = query.get('reference');
    const since = Number(query.get('since') ?? 0);
    const found = library.books().filter((book) => book.change > since && (!wanted || book.reference === wanted));
    return [200, found.slice(0, Number(query.get('limit') ?? 100))];
  }
  const wrong = complaint(fields);
  if (wrong) return [422, wrong];
  if (method === 'POST')
    return [201, library.insert(fields.name ?? null, fields.quantity ?? 0, fields.reference ?? undefined)];
  const book = library.get(id);
  if (!book || book.gone) return [404, { reason: 'no such book' }];
  const guard = query.get('change');
  if (method !== 'GET' && guard !== null && guard !== String(book.change)) return [409, book];
  if (method === 'PATCH') return [200, library.change(id, fields)];
  if (method === 'DELETE') return [200, library.change(id, { gone: true })];
  return [200, book];
}

function complaint({ name, quantity }: Partial<Book>): { reason: string; field: string } | null {
  if (typeof name === 'string' && name.length > 20) return { reason: 'a name has at most 20 letters', field: 'name' };
  if (quantity === undefined || Number.isInteger(quantity)) return null;
  return { reason: 'quantity must be a whole number', field: 'quantity' };
}
