import { customers, inventory, orders, productCatalog, realTime } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { northwindBindings, northwindConnector } from '../../../examples/northwind/northwind.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startPostgres } from '../../support/postgres.ts';
import { openProxy } from '../../support/proxy.ts';
import { TEST_SECRET, testToken } from '../../support/token.ts';
import type { SampleDatabase } from './databases.ts';

/** The datastores that the Northwind bindings feed. */
const datastores = [productCatalog, customers, inventory, orders] as const;

/** A real PostgreSQL with a sample database, a sync server over it that listens, and a line to it that can be cut. */
export async function openPlace(sample: SampleDatabase) {
  const folders = new DisposableStackOfTests();
  const serverFolder = folders.add(temporaryFolder());
  const postgres = await startPostgres();
  const url = await postgres.createDatabase('erp');
  const erp = await postgres.client('erp');
  await sample.load(erp);
  // The sample empties the search path of its session.
  await erp.query('set search_path to public');
  const server = await createSyncServer(
    {
      dataFolder: serverFolder.path,
      server: { port: 0 },
      auth: { secret: TEST_SECRET },
      datastores,
      systems: { erp: { connector: northwindConnector(url) } },
      bindings: northwindBindings([realTime({ pollMs: 100 })]),
    },
    { log: silentLog },
  );
  const { port } = await server.listen();
  const line = await openProxy(port);
  const replicaUrl = `http://127.0.0.1:${line.port}/trpc`;
  return {
    postgres,
    erp,
    server,
    line,
    replicaUrl,
    /** Opens a replica of its own in a folder of its own. */
    async openReplica(subject = 'till') {
      const folder = folders.add(temporaryFolder());
      return openDatastores({
        folder: folder.path,
        datastores,
        url: replicaUrl,
        token: () => testToken(subject),
        drainMs: false,
      });
    },
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await server.close();
      await erp.end().catch(() => undefined);
      await postgres[Symbol.asyncDispose]();
      folders.dispose();
    },
  };
}

/** A test place as {@link openPlace} makes it. */
export type Place = Awaited<ReturnType<typeof openPlace>>;

class DisposableStackOfTests {
  readonly #all: { [Symbol.dispose](): void }[] = [];

  add<T extends { [Symbol.dispose](): void }>(resource: T): T {
    this.#all.push(resource);
    return resource;
  }

  dispose(): void {
    for (const resource of this.#all.reverse()) resource[Symbol.dispose]();
  }
}
