const { parse, stringify } = JSON;

/**
 * Puts a JavaScript function around JSON.parse and JSON.stringify until the returned function is called. V8's profiler
 * charges its own JSON functions to whoever calls them; with a function in between, their time has a name.
 */
export function nameJson(): () => void {
  JSON.parse = parseJson;
  JSON.stringify = stringifyJson as typeof JSON.stringify;
  return () => {
    JSON.parse = parse;
    JSON.stringify = stringify;
  };
}

function parseJson(...given: Parameters<typeof parse>): unknown {
  return parse(...given);
}

function stringifyJson(...given: readonly unknown[]): string {
  return stringify(...(given as Parameters<typeof stringify>));
}
