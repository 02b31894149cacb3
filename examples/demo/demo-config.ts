import { join } from 'node:path';
import type { SyncServerConfig } from '@datastores/sync-server';
import { crmBindings, crmConnector } from './bindings/crm.ts';
import { erpBindings, erpConnector } from './bindings/erp.ts';
import { omsBindings, omsConnector } from './bindings/oms.ts';
import { pimBindings, pimConnector } from './bindings/pim.ts';
import { wmsBindings, wmsConnector } from './bindings/wms.ts';
import type { DemoSystems } from './systems/start-systems.ts';

/** What the configuration of the demo's server depends on. */
export interface DemoConfigOptions {
  readonly systems: DemoSystems;
  readonly dataFolder: string;
  readonly port: number;
  /** Origin of the pages that may ask the server. */
  readonly pages?: string;
  /** By which the CRM signs its webhooks: `whsec_…`. */
  readonly webhookSecret: string;
}

/** The configuration of the demo's sync server: five systems, and what their records mean. */
export function demoConfig(options: DemoConfigOptions): SyncServerConfig {
  const { systems, dataFolder, port, pages, webhookSecret: secret } = options;
  return {
    dataFolder,
    server: { port, cors: pages === undefined ? [] : [pages] },
    auth: { developmentTokens: true },
    log: { level: 'error' },
    systems: {
      erp: { connector: erpConnector(systems.erp.url) },
      pim: { connector: pimConnector(systems.pim.url) },
      crm: { connector: crmConnector({ baseUrl: systems.crm.url, secret }) },
      wms: { connector: wmsConnector({ exchange: systems.wms.exchangeFolder, state: join(dataFolder, 'wms-files') }) },
      oms: { connector: omsConnector(systems.oms.url) },
    },
    bindings: [...pimBindings, ...erpBindings, ...crmBindings, ...wmsBindings, ...omsBindings],
  };
}
