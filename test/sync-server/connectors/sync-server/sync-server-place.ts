import { defineDatastore, type JsonObject } from '@datastores/core/schema';
import { syncServer } from '@datastores/sync-server';
import type { ConnectorPlace } from '@datastores/sync-server/conformance';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { openProxy } from '../../../support/proxy.ts';
import { startServer, tokenFor } from '../../http/test-server.ts';

export const items = defineDatastore({
  name: 'item',
  schema: {
    type: 'object',
    properties: { name: { type: 'string', maxLength: 20 }, quantity: { type: 'integer' } },
  } as const,
});

let places = 0;

/** A central server of its own, reached by two connectors over a line that can be cut. */
export async function openSyncServerPlace(pageSize: number): Promise<ConnectorPlace> {
  const centre = await startServer({ datastores: [items] });
  const { store, port } = centre.server;
  const loss = await startCutProxy(port ?? 0);
  const line = await openProxy(loss.port);
  const token = await tokenFor({ sub: 'bridge' });
  places += 1;
  const open = (replica: string) =>
    syncServer({
      url: `http://127.0.0.1:${line.port}/trpc`,
      token,
      replica,
      datastores: [items],
      pageSize,
      timeoutMs: 2_000,
    });
  const connectors = [open(`bridge-${places}-a`), open(`bridge-${places}-b`)] as const;
  const [stream, second] = connectors.map((connector) => connector.streams['item']);
  if (!stream || !second) throw new Error('The connector has no stream item.');
  let made = 0;
  const change = async (id: string, to: (before: JsonObject) => JsonObject | null) => {
    const key = { datastore: 'item', id };
    await store.write({ scope: 'main', documents: [key] }, (current) => {
      const stored = current.document(key);
      const before = stored === null || stored.deleted ? {} : (JSON.parse(stored.body) as JsonObject);
      const after = to(before);
      const body = after === null ? null : JSON.stringify({ ...after, id });
      const write = { ...key, body, schemaVersion: 0, author: 'other', base: stored?.version ?? null, from: null };
      return { documents: [write], result: undefined };
    });
  };
  return {
    connector: connectors[0],
    stream,
    second,
    other: {
      async insert(records) {
        const ids = records.map((_record, at) => `other-${String(made + at).padStart(6, '0')}`);
        made += records.length;
        await store.write({ scope: 'main' }, () => ({
          documents: records.map((record, at) => ({
            datastore: 'item',
            id: ids[at] ?? '',
            body: JSON.stringify({ ...record, id: ids[at] }),
            schemaVersion: 0,
            author: 'other',
            base: null,
            from: null,
          })),
          result: undefined,
        }));
        return ids;
      },
      rename: (key, name) => change(key, ({ name: _, ...before }) => (name === null ? before : { ...before, name })),
      move: (key, amount) => change(key, (before) => ({ ...before, quantity: Number(before['quantity']) + amount })),
      remove: (key) => change(key, () => null),
      async count() {
        const page = await store.feed({ scope: 'main', datastore: 'item', after: 0, maxRows: 10_000, maxBytes: 1e8 });
        return page.rows.filter(({ deleted }) => !deleted).length;
      },
    },
    interrupt: () => line.refuse(),
    resume: async () => {
      line.mend();
      await line.accept();
    },
    loseNextAnswer: async () => void loss.cutAt('/trpc/push', 'after'),
    async [Symbol.asyncDispose]() {
      for (const connector of connectors) await connector.close();
      await line[Symbol.asyncDispose]();
      await loss[Symbol.asyncDispose]();
      await centre[Symbol.asyncDispose]();
    },
  };
}
