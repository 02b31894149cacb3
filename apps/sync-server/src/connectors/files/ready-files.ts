import type { Context } from '../connector.ts';
import type { Entry } from './folder.ts';
import { patternOf } from './name-pattern.ts';
import type { StreamOptions } from './options.ts';

/** A file that waits to be read. */
export interface ReadyFile {
  readonly kind: 'full' | 'delta' | 'ack';
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Marker that is removed with it. */
  readonly marker: string | null;
  /** A person has agreed to however many deletions it brings. */
  readonly accept: string | null;
}

/** Which files of a folder may be read by now. Remembers sizes between calls. */
export interface ReadyFiles {
  /**
   * In the order of what the signs of the patterns stand for, usually a date or number, so that full exports and deltas
   * follow each other as they were made; where that is the same, the full export comes first. A file that is not ready
   * holds back those behind it.
   */
  pick(entries: readonly Entry[], context: Context): readonly ReadyFile[];
}

/** Name of the file by which a person accepts the deletions of a full export, behind the name of that. */
export const ACCEPT = '.accept';

/** For the files of records. */
export function readyRecords({ inbox }: StreamOptions): ReadyFiles | null {
  if (!inbox) return null;
  return readyFiles(inbox.ready, [
    ['full', inbox.full],
    ['delta', inbox.delta],
  ]);
}

/** For acknowledgements. */
export function readyAcks({ ack }: StreamOptions): ReadyFiles | null {
  return ack ? readyFiles(ack.ready, [['ack', ack.pattern]]) : null;
}

type Ready = NonNullable<StreamOptions['inbox']>['ready'];

function readyFiles(ready: Ready, declared: readonly (readonly [ReadyFile['kind'], string | undefined])[]): ReadyFiles {
  const patterns = declared.flatMap(([kind, pattern]) =>
    pattern === undefined ? [] : [{ kind, pattern: patternOf(pattern) }],
  );
  const kindOf = (name: string) => patterns.find(({ pattern }) => pattern.test(name))?.kind;
  const orderOf = (name: string) => {
    const at = patterns.findIndex(({ pattern }) => pattern.test(name));
    const [, ...groups] = patterns[at]?.pattern.exec(name) ?? [];
    return [...groups, String(at), name].join('\0');
  };
  const side = ready.by === 'marker' ? [ready.suffix, ACCEPT] : [ACCEPT];
  const refused = new Set<string>();
  let observed = new Map<string, Observed>();

  const isReady = (entry: Entry, names: ReadonlySet<string>, now: number) => {
    if (ready.by === 'rename') return true;
    if (ready.by === 'marker') return names.has(entry.name + ready.suffix);
    const since = observed.get(entry.name)?.since;
    return since !== undefined && now - since >= ready.seconds * 1_000;
  };
  return {
    pick(entries, context) {
      const names = new Set(entries.filter(({ kind }) => kind === 'file').map(({ name }) => name));
      const ours = entries
        .filter(({ name }) => kindOf(name) !== undefined && !side.some((suffix) => name.endsWith(suffix)))
        .map((entry) => ({ entry, order: orderOf(entry.name) }))
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .map(({ entry }) => entry);
      for (const { name } of ours.filter(({ kind }) => kind !== 'file')) {
        if (!refused.has(name)) context.log('entry-refused', { name, reason: 'It is no plain file.' });
        refused.add(name);
      }
      const files = ours.filter(({ kind }) => kind === 'file');
      observed = observe(files, observed, context.now());
      const picked: ReadyFile[] = [];
      for (const entry of files) {
        if (!isReady(entry, names, context.now())) {
          if (files.at(-1) !== entry) context.log('file-awaited', { name: entry.name });
          break;
        }
        const { name, size, mtimeMs } = entry;
        const marker = ready.by === 'marker' ? name + ready.suffix : null;
        const accept = names.has(name + ACCEPT) ? name + ACCEPT : null;
        picked.push({ kind: kindOf(name) ?? 'delta', name, size, mtimeMs, marker, accept });
      }
      return picked;
    },
  };
}

interface Observed {
  readonly size: number;
  readonly mtimeMs: number;
  /** Since when they are so, by our clock. */
  readonly since: number;
}

function observe(files: readonly Entry[], before: ReadonlyMap<string, Observed>, now: number): Map<string, Observed> {
  return new Map(
    files.map(({ name, size, mtimeMs }) => {
      const last = before.get(name);
      const same = last !== undefined && last.size === size && last.mtimeMs === mtimeMs;
      return [name, same ? last : { size, mtimeMs, since: now }];
    }),
  );
}
