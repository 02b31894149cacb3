import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** Timers and sockets that some work opened and has not closed. */
export interface OpenResources {
  /** Runs work under observation; what is opened outside of it, e.g. by fetch, is not counted. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Runs work without observation, inside of observed work. */
  outside<T>(work: () => T): T;
  /** Kinds of what is still open and keeps a process alive. */
  kinds(): readonly string[];
  stop(): void;
}

/** Watches what is opened from now on. */
export function watchResources(): OpenResources {
  const watched = new AsyncLocalStorage<boolean>();
  const alive = new Map<number, { readonly type: string; readonly resource: object }>();
  const hook = createHook({
    init(id, type, ...[, resource]: [number, object]) {
      if (KEEP_ALIVE.has(type) && watched.getStore() === true) alive.set(id, { type, resource });
    },
    destroy: (id) => void alive.delete(id),
  });
  hook.enable();
  return {
    during: (work) => watched.run(true, work),
    outside: (work) => watched.run(false, work),
    kinds: () => [...alive.values()].filter(({ resource }) => holds(resource)).map(({ type }) => type),
    stop: () => void hook.disable(),
  };
}

const KEEP_ALIVE: ReadonlySet<string> = new Set([
  'Timeout',
  'TCPWRAP',
  'TCPSERVERWRAP',
  'PIPEWRAP',
  'UDPWRAP',
  'PROCESSWRAP',
  'FSEVENTWRAP',
  'STATWATCHER',
]);

/** What was unreferenced lets a process end, and is no leak. */
function holds(resource: object): boolean {
  const hasRef: unknown = Reflect.get(resource, 'hasRef');
  return typeof hasRef !== 'function' || Reflect.apply(hasRef, resource, []) === true;
}
