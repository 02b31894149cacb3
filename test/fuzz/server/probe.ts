// Loaded into the server of a run before anything of the product. What the built-in objects look like at that moment is
// what they have to look like afterwards.

const GLOBALS = {
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  RegExp,
  Date,
  Map,
  Set,
  Promise,
  Error,
  Symbol,
  BigInt,
  JSON,
  Math,
  Reflect,
} as const;

const before = snapshot();

/** What has been added to, taken from or replaced in the built-in objects since this process began, by name. */
export function pollution(): readonly string[] {
  const now = snapshot();
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), now.get(name)));
}

function snapshot(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(GLOBALS)) {
    keep(found, name, value);
    if (typeof value === 'function') keep(found, `${name}.prototype`, value.prototype);
  }
  return found;
}

function keep(found: Map<string, unknown>, name: string, object: object): void {
  for (const key of Reflect.ownKeys(object)) {
    const property = Reflect.getOwnPropertyDescriptor(object, key);
    found.set(`${name}.${String(key)}`, property?.get ?? property?.value);
  }
}
