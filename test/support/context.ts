import type { Context } from '../../apps/sync-server/src/connectors/connector.ts';

/** Surroundings of a connector that is called without an engine. */
export function testContext(over: Partial<Context> = {}): Context {
  return {
    signal: new AbortController().signal,
    fetch: globalThis.fetch,
    now: Date.now,
    log: () => {},
    origin: 'datastores',
    ...over,
  };
}
