import { checkOptions } from '../check-options.ts';
import type { Connector } from '../connector.ts';
import { createStreams } from '../model-rpc/create-stream.ts';
import { createOdooOrm } from './odoo-orm.ts';
import { type OdooOptions, optionsSchema } from './options.ts';

export type { OdooOptions } from './options.ts';

/**
 * Models of one database of an Odoo, over JSON-2 (from 19 on) or JSON-RPC. Throws CONFIG_INVALID or BINDING_INVALID for
 * options that cannot be. Nothing is sent before the first call.
 */
export function odoo(options: OdooOptions): Connector {
  const parsed = checkOptions('odoo', optionsSchema, options);
  const orm = createOdooOrm(parsed);
  const [first] = Object.values(parsed.streams);
  return {
    kind: 'odoo',
    streams: createStreams(orm, parsed),
    check: async (context) => {
      if (first) await orm.search({ model: first.model, domain: [], limit: 1 }, context);
    },
    close: async () => {},
  };
}
