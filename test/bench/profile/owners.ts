import type { Profiler } from 'node:inspector';

/** How much time went to the code of one owner. */
export interface OwnerShare {
  readonly owner: string;
  readonly ms: number;
}

/** How much time one function took by itself. */
export interface FunctionShare {
  /** Name, file and line. */
  readonly name: string;
  readonly ms: number;
}

/** What a profile says: time by owner, and the functions that took most of it. */
export interface Shares {
  readonly owners: readonly OwnerShare[];
  readonly functions: readonly FunctionShare[];
}

type Frame = Profiler.Profile['nodes'][number]['callFrame'];

/** Functions that are named one by one. */
const HOTTEST = 12;

/** Adds up the time of all samples (self time, the greatest first) by who owns the code that ran, and by function. */
export function sharesOf(profile: Profiler.Profile): Shares {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [at, node] of (profile.samples ?? []).entries()) {
    const frame = frames.get(node);
    const ms = (profile.timeDeltas?.[at] ?? 0) / 1_000;
    if (frame === undefined) continue;
    add(owners, ownerOf(frame), ms);
    if (frame.url !== '') add(functions, nameOf(frame), ms);
  }
  return {
    owners: greatestFirst(owners).map(([owner, ms]) => ({ owner, ms })),
    functions: greatestFirst(functions)
      .slice(0, HOTTEST)
      .map(([name, ms]) => ({ name, ms })),
  };
}

function add(times: Map<string, number>, key: string, ms: number): void {
  times.set(key, (times.get(key) ?? 0) + ms);
}

function greatestFirst(times: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...times].sort(([, a], [, b]) => b - a);
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const file = url.replace(/^.*\/(?:node_modules|packages|apps)\//, '').replace(/^file:.*\/test\/dist\//, '');
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}

/** Frames that V8 names in brackets, and what they mean. */
const BRACKETED = new Map([
  ['(garbage collector)', 'garbage collector'],
  ['(idle)', 'idle'],
  ['(program)', 'native code (engine, system calls)'],
  ['(root)', 'native code (engine, system calls)'],
]);

/** Functions of SQLite's binding, which have no file. */
const SQLITE_CALLS = new Set(['run', 'get', 'all', 'iterate', 'next', 'exec', 'prepare', 'pragma', 'close', 'backup']);

/** Who owns the code of a frame: a package, V8's JSON, SQLite, node, the garbage collector, the bench itself. */
export function ownerOf(frame: Pick<Frame, 'functionName' | 'url' | 'lineNumber'>): string {
  const { functionName, url } = frame;
  const bracketed = BRACKETED.get(functionName);
  if (bracketed !== undefined) return bracketed;
  if (url === '') return ownerWithoutFile(frame);
  // WebAssembly is what node parses HTTP with.
  if (url.startsWith('node:') || url.startsWith('wasm:')) return 'node';
  if (/\/profile\/named-json\.[jt]s$/.test(url)) return 'JSON (V8)';
  const module = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (module !== undefined) return module === 'better-sqlite3' ? 'SQLite (better-sqlite3)' : module;
  const own = /\/(?:packages|apps)\/([^/]+)\/(?:dist|src)\//.exec(url)?.[1];
  if (own !== undefined) return `@datastores/${own}`;
  return /\/test\/(?:dist\/)?bench\//.test(url) ? 'the bench itself' : 'other';
}

function ownerWithoutFile({ functionName, lineNumber }: Pick<Frame, 'functionName' | 'lineNumber'>): string {
  // Code that was made at run time has lines: the validators that ajv writes. Native functions have none.
  if (lineNumber >= 0) return 'ajv';
  // The profiler's own commands.
  if (functionName === 'dispatch') return 'the bench itself';
  return SQLITE_CALLS.has(functionName) ? 'SQLite (better-sqlite3)' : 'built-in functions and system calls';
}
