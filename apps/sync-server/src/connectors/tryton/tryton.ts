import { checkOptions } from '../check-options.ts';
import type { Connector } from '../connector.ts';
import { createStreams } from '../model-rpc/create-stream.ts';
import { optionsSchema, type TrytonOptions } from './options.ts';
import { createTrytonOrm } from './tryton-orm.ts';

export type { TrytonOptions } from './options.ts';

/**
 * Models of one database of a Tryton server, over its JSON-RPC. Throws CONFIG_INVALID or BINDING_INVALID for options that
 * cannot be. Nothing is sent before the first call; then it logs in, and again whenever its session has ended.
 */
export function tryton(options: TrytonOptions): Connector {
  const parsed = checkOptions('tryton', optionsSchema, options);
  const orm = createTrytonOrm(parsed);
  const [first] = Object.values(parsed.streams);
  return {
    kind: 'tryton',
    streams: createStreams(orm, parsed),
    check: async (context) => {
      if (first) await orm.search({ model: first.model, domain: [], limit: 1 }, context);
    },
    close: async () => {},
  };
}
