import type { ConnectorPlace, ConnectorSubject } from '@datastores/sync-server/conformance';
import type { Stream } from '@datastores/sync-server/connector';
import { openLibrary } from './library.ts';
import { libraryConnector } from './library-connector.ts';

/** What the conformance kit checks: `npx datastores check-connector examples/connector/place.ts`. */
export const subject: ConnectorSubject = {
  traits: {
    order: 'commit',
    deletes: 'feed',
    creates: 'findable',
    guarded: true,
    adds: false,
    batch: { max: 20, fails: 'each' },
  },
  transactions: false,
  open: openPlace,
};

async function openPlace(pageSize: number): Promise<ConnectorPlace> {
  const library = await openLibrary();
  const connector = libraryConnector({ url: library.url, pageSize });
  const second = libraryConnector({ url: library.url, pageSize });
  return {
    connector,
    stream: connector.streams.books as Stream,
    second: second.streams.books as Stream,
    other: {
      insert: async (records) => records.map(({ name, quantity }) => library.insert(name, quantity).id),
      rename: async (key, name) => void library.change(key, { name }),
      move: async (key, amount) => void library.change(key, { quantity: (library.get(key)?.quantity ?? 0) + amount }),
      remove: async (key) => void library.change(key, { gone: true }),
      count: async () => library.books().filter(({ gone }) => !gone).length,
    },
    interrupt: () => library.stop(),
    resume: () => library.start(),
    [Symbol.asyncDispose]: async () => library[Symbol.asyncDispose](),
  };
}
