import type { Profiler } from 'node:inspector';

/** How much time went to the code of one owner. */
export interface OwnerShare {
  readonly owner: string;
  readonly ms: number;
}

type Frame = Profiler.Profile['nodes'][number]['callFrame'];

/** Adds up the time of all samples by who owns the code that ran (self time), the greatest first. Waiting counts as idle. */
export function ownersOf(profile: Profiler.Profile): readonly OwnerShare[] {
  const owners = new Map(profile.nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [at, node] of (profile.samples ?? []).entries()) {
    const owner = owners.get(node) ?? 'unknown';
    const microseconds = profile.timeDeltas?.[at] ?? 0;
    times.set(owner, (times.get(owner) ?? 0) + microseconds / 1_000);
  }
  return [...times].map(([owner, ms]) => ({ owner, ms })).sort((a, b) => b.ms - a.ms);
}

/** Frames that V8 names in brackets, and what they mean. */
const BRACKETED: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collector',
  '(idle)': 'idle',
  '(program)': 'native code (engine, system calls)',
  '(root)': 'native code (engine, system calls)',
};

/** Functions without a file that a native module or V8 itself brings. */
const SQLITE_CALLS = new Set(['run', 'get', 'all', 'iterate', 'next', 'exec', 'prepare', 'pragma', 'close', 'backup']);
const JSON_CALLS = new Set(['parse', 'stringify']);

/** Who owns the code of a frame: a package, the bench itself, V8's JSON, SQLite, node, the garbage collector. */
export function ownerOf({ functionName, url }: Pick<Frame, 'functionName' | 'url'>): string {
  const bracketed = BRACKETED[functionName];
  if (bracketed !== undefined) return bracketed;
  if (url === '') return nativeOwner(functionName);
  if (url.startsWith('node:')) return 'node';
  const module = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (module !== undefined) return module === 'better-sqlite3' ? 'SQLite (better-sqlite3)' : module;
  const own = /\/(packages|apps)\/([^/]+)\/(?:dist|src)\//.exec(url)?.[2];
  if (own !== undefined) return `@datastores/${own}`;
  return /\/test\/(?:dist\/)?bench\//.test(url) ? 'the bench itself' : 'other';
}

function nativeOwner(functionName: string): string {
  if (JSON_CALLS.has(functionName)) return 'JSON (V8)';
  if (SQLITE_CALLS.has(functionName)) return 'SQLite (better-sqlite3)';
  return 'built-in functions (V8, node)';
}
