import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createSyncServer, developmentToken, type SyncServer } from '@datastores/sync-server';
import { demoConfig } from './demo-config.ts';
import type { SampleSize } from './seed/sample.ts';
import { type DemoSystems, startSystems } from './systems/start-systems.ts';

/** The running demo: five business systems and a sync server that is connected to them. */
export interface Demo {
  readonly systems: DemoSystems;
  readonly server: SyncServer;
  /** Address of the server; replicas use `<url>/trpc`. */
  readonly url: string;
  /** Development token of a replica. */
  readonly token: string;
  /** Folder of all data. */
  readonly folder: string;
  /** A command that asks the server for its state. */
  readonly statusCommand: string;
  /** State of the server's connection to each system, by name. */
  systemStates(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** Where the demo runs, and how large. */
export interface DemoOptions {
  readonly folder: string;
  /** Ports of sync server, ERP, PIM, CRM, WMS, OMS; 0 takes any free one. Default: any free ones. */
  readonly ports?: readonly number[];
  readonly size?: SampleSize;
}

/** Starts the systems and the server. What was started is stopped again if a later part fails. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { folder, size } = options;
  const [port = 0, erp = 0, pim = 0, crm = 0, wms = 0, oms = 0] = options.ports ?? [];
  const systems = await startSystems({
    folder: join(folder, 'systems'),
    ports: [erp, pim, crm, wms, oms],
    ...(size === undefined ? {} : { size }),
  });
  let server: SyncServer | undefined;
  try {
    const dataFolder = join(folder, 'server');
    server = await createSyncServer(demoConfig({ systems, dataFolder, port }));
    const { url, port: taken } = await server.listen();
    const token = await developmentToken(dataFolder, { subject: 'demo', ttlMs: TOKEN_TTL_MS });
    return describeRunning(server, { systems, folder, url, token, statusCommand: writeCliConfig(folder, taken) });
  } catch (error) {
    await server?.close();
    await systems.close();
    throw error;
  }
}

type Facts = Pick<Demo, 'systems' | 'folder' | 'url' | 'token' | 'statusCommand'>;

const TOKEN_TTL_MS = 7 * 24 * 3_600_000;

function describeRunning(server: SyncServer, facts: Facts): Demo {
  return {
    ...facts,
    server,
    async systemStates() {
      const { reconcile } = await server.status();
      return Object.fromEntries(reconcile.systems.map(({ system, state }) => [system, state]));
    },
    async close() {
      await server.close();
      await facts.systems.close();
    },
  };
}

/** A configuration by which the command line finds this server and makes a token of its own. */
function writeCliConfig(folder: string, port: number): string {
  const file = join(folder, 'datastores.config.mjs');
  const config = { dataFolder: './server', server: { port }, auth: { developmentTokens: true } };
  writeFileSync(file, `export default ${JSON.stringify(config, null, 2)};\n`);
  const shown = relative(process.cwd(), file);
  return `npx datastores status --config ${shown.startsWith('..') ? file : shown}`;
}
