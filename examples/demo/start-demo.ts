import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createSyncServer, developmentToken, type SyncServer } from '@datastores/sync-server';
import { demoConfig } from './demo-config.ts';
import type { SampleSize } from './seed/sample.ts';
import { type ShopFloor, startShopFloor } from './shop-floor/shop-floor.ts';
import { type DemoSystems, startSystems } from './systems/start-systems.ts';

/** One system in the status of the server. */
export type SystemStatus = Awaited<ReturnType<SyncServer['status']>>['reconcile']['systems'][number];

/** The running demo: five business systems and a sync server that is connected to them. */
export interface Demo {
  readonly systems: DemoSystems;
  readonly server: SyncServer;
  /** The pages of the till. */
  readonly floor: ShopFloor;
  /** Address of the server; replicas use `<url>/trpc`. */
  readonly url: string;
  /** Development token of a replica. */
  readonly token: string;
  /** Folder of all data. */
  readonly folder: string;
  /** A command that asks the server for its state. */
  readonly statusCommand: string;
  /** What the server says of its connection to each system. */
  systemStatus(): Promise<readonly SystemStatus[]>;
  close(): Promise<void>;
}

/** Where the demo runs, and how large. */
export interface DemoOptions {
  readonly folder: string;
  /** Ports of sync server, ERP, PIM, CRM, WMS, OMS, and of the till; 0 takes any free one. Default: any free ones. */
  readonly ports?: readonly number[];
  readonly size?: SampleSize;
}

/** Starts the systems and the server. What was started is stopped again if a later part fails. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { folder, size } = options;
  const [port = 0, erp = 0, pim = 0, crm = 0, wms = 0, oms = 0, till = 0] = options.ports ?? [];
  const systems = await startSystems({
    folder: join(folder, 'systems'),
    ports: [erp, pim, crm, wms, oms],
    ...(size === undefined ? {} : { size }),
  });
  let server: SyncServer | undefined;
  let floor: ShopFloor | undefined;
  let demo: Demo | null = null;
  try {
    floor = await startShopFloor(till, () => demo);
    const dataFolder = join(folder, 'server');
    const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
    server = await createSyncServer(demoConfig({ systems, dataFolder, port, webhookSecret, pages: floor.url }));
    const { url, port: taken } = await server.listen();
    await subscribe(systems, { url: `${url}/hooks/crm`, secret: webhookSecret });
    const token = await developmentToken(dataFolder, { subject: 'demo', ttlMs: TOKEN_TTL_MS });
    const facts = { systems, floor, folder, url, token, statusCommand: writeCliConfig(folder, taken) };
    demo = describeRunning(server, facts);
    return demo;
  } catch (error) {
    await floor?.close();
    await server?.close();
    await systems.close();
    throw error;
  }
}

/** Where the server listens is known only now, and the secret is a new one at each start. */
async function subscribe({ crm }: DemoSystems, subscription: { readonly url: string; readonly secret: string }) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(subscription);
  const response = await fetch(`${crm.url}/api/webhook`, { method: 'PUT', headers, body });
  if (!response.ok) throw new Error(`The CRM takes no subscription: ${await response.text()}`);
}

type Facts = Pick<Demo, 'systems' | 'floor' | 'folder' | 'url' | 'token' | 'statusCommand'>;

const TOKEN_TTL_MS = 7 * 24 * 3_600_000;

function describeRunning(server: SyncServer, facts: Facts): Demo {
  return {
    ...facts,
    server,
    systemStatus: async () => (await server.status()).reconcile.systems,
    async close() {
      await facts.floor.close();
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
