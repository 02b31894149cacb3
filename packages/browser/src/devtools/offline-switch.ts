/** Cuts this tab off from the server, for trying out. */
export interface OfflineSwitch {
  isOffline(): boolean;
  set(offline: boolean): void;
  close(): void;
}

/**
 * Lets the requests to the server fail as they fail without a network, those under way too. Only requests for which `concerns` is
 * true: pictures and the like still load.
 */
export function createOfflineSwitch(concerns: (url: string) => boolean): OfflineSwitch {
  const original = globalThis.fetch;
  let cut = new AbortController();
  let offline = false;
  const failing: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!concerns(new URL(url, globalThis.location?.href).href)) return original(input, init);
    if (offline) throw new TypeError('Offline: switched off in the developer tools.');
    const own = init?.signal ?? (input instanceof Request ? input.signal : null);
    const signal = own === null ? cut.signal : AbortSignal.any([own, cut.signal]);
    return original(input, { ...init, signal });
  };
  globalThis.fetch = failing;
  return {
    isOffline: () => offline,
    set(next) {
      offline = next;
      if (next) cut.abort(new TypeError('Offline: switched off in the developer tools.'));
      else cut = new AbortController();
    },
    close() {
      offline = false;
      // Somebody else may have put another one over it.
      if (globalThis.fetch === failing) globalThis.fetch = original;
    },
  };
}
