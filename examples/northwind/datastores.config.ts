import { defineConfig } from '@datastores/sync-server';
import { northwindBindings, northwindConnector } from './northwind.ts';

/** `datastores serve --config examples/northwind/datastores.config.ts`, with the database in NORTHWIND_URL. */
export default defineConfig({
  dataFolder: '../../data/northwind',
  auth: { developmentTokens: true },
  systems: {
    erp: {
      connector: () => northwindConnector(process.env.NORTHWIND_URL ?? 'postgres://postgres@127.0.0.1:5432/northwind'),
    },
  },
  bindings: northwindBindings(),
});
