import { join } from 'node:path';
import { createSyncServer, type SyncServer } from '@datastores/sync-server';
import { demoConfig } from './demo-config.ts';
import type { SampleSize } from './seed/sample.ts';
import { type DemoSystems, startSystems } from './systems/start-systems.ts';

/** The running demo: five business systems and a sync server that is connected to them. */
export interface Demo {
  readonly systems: DemoSystems;
  readonly server: SyncServer;
  /** Address for replicas. */
  readonly trpcUrl: string;
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
    const config = demoConfig({ systems, dataFolder: join(folder, 'server'), port });
    server = await createSyncServer(config);
    const { url } = await server.listen();
    return demoOf({ server, systems, folder, url, token: '' });
  } catch (error) {
    await server?.close();
    await systems.close();
    throw error;
  }
}
