/** Whether this till is connected. Pulling the plug is for trying it out: nothing reaches the server, and nothing comes. */
export interface Plug {
  isPulled(): boolean;
  pull(): void;
  push(): void;
}

/**
 * Puts a plug between this page and the network, before anything is asked for. It stays as it is over a reload, like a
 * cable. Requests under way break off, as they would.
 */
export function installPlug(name: string): Plug {
  const key = `plug-${name}`;
  const connected = globalThis.fetch.bind(globalThis);
  let broken = new AbortController();
  let pulled = localStorage.getItem(key) === 'pulled';
  globalThis.fetch = (input, init = {}) => {
    if (pulled) return Promise.reject(new TypeError('The plug is pulled.'));
    const signals = [broken.signal, ...(init.signal ? [init.signal] : [])];
    return connected(input, { ...init, signal: AbortSignal.any(signals) });
  };
  return {
    isPulled: () => pulled,
    pull() {
      pulled = true;
      localStorage.setItem(key, 'pulled');
      broken.abort(new TypeError('The plug was pulled.'));
      broken = new AbortController();
    },
    push() {
      pulled = false;
      localStorage.removeItem(key);
    },
  };
}
