/** Offers functions of a page to the test that has opened it. What they take and return has to be JSON. */
export function expose<Api extends Readonly<Record<string, (...args: never[]) => unknown>>>(api: Api): Api {
  Object.assign(globalThis, { exposed: api });
  return api;
}
