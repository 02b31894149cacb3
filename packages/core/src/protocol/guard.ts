/** Says whether a value, as JSON.parse gives it, is of a form. */
export type Guard<T> = (value: unknown) => value is T;

/** What a guard says yes to. */
export type Guarded<G> = G extends Guard<infer T> ? T : never;

/** A text, of this pattern if one is given. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A truth value. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

/** A number that JSON can hold. */
export function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** Whatever it is. */
export function isAnything(_value: unknown): _value is unknown {
  return true;
}

/** A text that matches. */
export function matches(pattern: RegExp): Guard<string> {
  return (value): value is string => typeof value === 'string' && pattern.test(value);
}

/** An integer from `least` on that a number holds exactly. */
export function isFrom(least: number): Guard<number> {
  return (value): value is number => Number.isSafeInteger(value) && (value as number) >= least;
}

/** One of these values. */
export function isOneOf<const T extends string>(...values: readonly T[]): Guard<T> {
  return (value): value is T => (values as readonly unknown[]).includes(value);
}

/** Null, or something of that form. */
export function isNullOr<T>(guard: Guard<T>): Guard<T | null> {
  return (value): value is T | null => value === null || guard(value);
}

/** Missing, or something of that form. */
export function isMissingOr<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || guard(value);
}

/** A list of what is of that form. */
export function isListOf<T>(guard: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(guard);
}

/** An object whose keys and values are all of these forms. */
export function isTableOf<T>(key: Guard<string>, guard: Guard<T>): Guard<Record<string, T>> {
  return (value): value is Record<string, T> =>
    isObject(value) && Object.entries(value).every(([name, one]) => key(name) && guard(one));
}

/** An object of exactly these fields. */
export function isExactly<F extends Fields>(fields: F): Guard<WithFields<F>> {
  const has = hasFields(fields);
  return (value): value is WithFields<F> =>
    has(value) && Object.keys(value).every((name) => Object.hasOwn(fields, name));
}

/** An object with these fields and maybe others. */
export function hasFields<F extends Fields>(fields: F): Guard<WithFields<F>> {
  const guards = Object.entries(fields);
  return (value): value is WithFields<F> => isObject(value) && guards.every(([name, guard]) => guard(own(value, name)));
}

/** What one of these says yes to. */
export function isAnyOf<G extends readonly Guard<unknown>[]>(...guards: G): Guard<Guarded<G[number]>> {
  return (value): value is Guarded<G[number]> => guards.some((guard) => guard(value));
}

interface Fields {
  readonly [name: string]: Guard<unknown>;
}

type MissingIn<F> = { [K in keyof F]: undefined extends Guarded<F[K]> ? K : never }[keyof F];

type WithFields<F> = { [K in Exclude<keyof F, MissingIn<F>>]: Guarded<F[K]> } & {
  [K in MissingIn<F>]?: Guarded<F[K]>;
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A name may be one that every object inherits something under. */
function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
