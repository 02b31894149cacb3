import type { AddressInfo } from 'node:net';
import { type Caller, type ReplicationService, replicationRouter, transformer } from '@datastores/core/protocol';
import { createHTTPServer } from '@trpc/server/adapters/standalone';

/** A service that serves one scope and answers what each test asks of it. */
export const service: ReplicationService = {
  info: async () => ({
    protocol: 1,
    oldestProtocol: 1,
    datastores: [{ name: 'product', schemaVersion: 0 }],
    encodings: [],
    now: 5,
  }),
  pull: async (_request, caller) => ({
    kind: 'page',
    documents: '',
    checkpoint: Object.fromEntries(caller.scopes.map((scope) => [scope, { epoch: 'e', seq: 1, tag: 't' }])),
    hasMore: false,
    dropped: [],
    remaining: 0,
  }),
  push: async () => ({ kind: 'done', outcomes: [], acknowledged: {} }),
  digest: async () => ({ kind: 'behind' }),
  note: async () => ({ others: [] }),
  async *changes(_request, caller) {
    const to = { epoch: 'e', seq: 1, tag: 't' };
    for (const scope of caller.scopes) yield { all: true, steps: [{ scope, after: null, to, changes: {} }] };
  },
};

/** Serves the replication router over HTTP on a free port. `authorization` is what the request brought. */
export async function serve(given: ReplicationService, authenticate: (authorization: string) => Promise<Caller>) {
  const server = createHTTPServer({
    router: replicationRouter,
    createContext: ({ req }) => ({
      service: given,
      authenticate: () => authenticate(req.headers.authorization ?? ''),
    }),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    /** Posts a message to a route and answers the status and the text of the body. */
    post: async (route: string, message: unknown) => {
      const body = typeof message === 'string' ? message : JSON.stringify(transformer.serialize(message));
      const headers = { 'content-type': 'application/json', authorization: 'Bearer good' };
      const response = await fetch(`${url}/${route}`, { method: 'POST', headers, body });
      return { status: response.status, text: await response.text() };
    },
    /** Reads a stream to its end. */
    read: async (route: string, message: unknown) => {
      const input = encodeURIComponent(JSON.stringify(transformer.serialize(message)));
      const headers = { accept: 'text/event-stream', authorization: 'Bearer good' };
      return (await fetch(`${url}/${route}?input=${input}`, { headers })).text();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
