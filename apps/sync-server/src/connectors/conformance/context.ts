import type { Context } from '../connector.ts';

/** Surroundings as the engine gives them: its fetch ends with the signal. */
export function createContext(signal: AbortSignal = new AbortController().signal): Context {
  const fetch: typeof globalThis.fetch = (input, init) => {
    const signals = init?.signal ? [signal, init.signal] : [signal];
    return globalThis.fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };
  return { signal, fetch, now: Date.now, log: () => {}, origin: 'datastores' };
}
