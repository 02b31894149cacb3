import type {
  Change,
  Connector,
  Context,
  ExternalRecord,
  Item,
  Outcome,
  Page,
  Stream,
  Traits,
  Write,
} from '../../apps/sync-server/src/connectors/connector.ts';
import { SystemError } from '../../apps/sync-server/src/connectors/connector.ts';
import { createNastyDigests, type NastyDigests } from './nasty-digests.ts';

/** What goes wrong with the next push. `cut-after` and `cut-before` look the same from outside: no answer. */
export type PushFault =
  | 'cut-before'
  | 'cut-after'
  | 'down'
  | 'auth'
  | { readonly throttledMs: number }
  | { readonly outcome: Outcome };

/** How trustworthy the system is. */
export interface NastyOptions {
  readonly traits?: Partial<Traits>;
  readonly pageSize?: number;
  /** Without it nobody can ask whether a write landed. */
  readonly finds?: boolean;
  /** Without it only a scan finds changes. */
  readonly feeds?: boolean;
  readonly scans?: boolean;
  /** With it ranges of keys can be digested. */
  readonly digests?: boolean;
  /** The answer to a write holds the record. */
  readonly answers?: boolean;
  /** What the system makes of what it is told: rounding, trimming, defaults. */
  readonly makes?: (record: ExternalRecord) => ExternalRecord;
}

/** A record as the system keeps it. */
interface Kept {
  readonly data: ExternalRecord;
  readonly version: number;
  readonly ref: string | null;
}

/** A little business system with records of its own and a switch for everything that real ones get wrong. */
export interface NastySystem {
  readonly connector: Connector;
  readonly records: ReadonlyMap<string, Kept>;
  /** Writes in the order they were applied, with how often each id was. */
  readonly applied: readonly Write[];
  readonly calls: {
    get: number;
    changes: number;
    scan: number;
    push: number;
    check: number;
    find: number;
    digest: number;
  };
  readonly digests: NastyDigests;
  insert(key: string, data: ExternalRecord): void;
  edit(key: string, patch: ExternalRecord): void;
  remove(key: string): void;
  /** Edits without a trace in the feed, as a late commit behind a time stamp does. */
  editUnseen(key: string, patch: ExternalRecord): void;
  removeUnseen(key: string): void;
  /** The next pushes fail in this way, one each. */
  failPushes(...faults: readonly PushFault[]): void;
  /** While set, every call fails with it. */
  outage: SystemError | Error | null;
  /** Pages come twice and in reverse. */
  scrambled: boolean;
  /** While set, lists do not show these keys although they are there. */
  readonly hidden: Set<string>;
  /** Forgets all positions handed out so far. */
  loseCursors(): void;
}

/** Makes a system with one stream, `items`. */
export function createNastySystem(options: NastyOptions = {}): NastySystem {
  const records = new Map<string, Kept>();
  const feed: { readonly key: string; readonly deleted: boolean }[] = [];
  const applied: Write[] = [];
  const landed = new Map<string, string>();
  const faults: PushFault[] = [];
  const calls = { get: 0, changes: 0, scan: 0, push: 0, check: 0, find: 0, digest: 0 };
  const digests = createNastyDigests(records);
  let versions = 0;
  let minted = 0;
  let oldest = 0;
  const traits: Traits = {
    order: 'commit',
    deletes: 'feed',
    creates: 'findable',
    guarded: true,
    adds: true,
    batch: { max: 10, fails: 'each' },
    ...options.traits,
  };
  const pageSize = options.pageSize ?? 3;

  const put = (key: string, data: ExternalRecord, seen = true) => {
    versions += 1;
    records.set(key, { data, version: versions, ref: records.get(key)?.ref ?? null });
    if (seen) feed.push({ key, deleted: false });
  };
  const drop = (key: string, seen = true) => {
    records.delete(key);
    if (seen) feed.push({ key, deleted: true });
  };
  const itemOf = (key: string): Item | null => {
    const kept = records.get(key);
    if (kept === undefined) return null;
    const digest = options.digests && { digest: digests.ofRecord(key, kept.data) };
    return { key, data: { ...kept.data }, version: String(kept.version), ...digest };
  };

  const answer = () => {
    if (system.outage !== null) throw system.outage;
  };
  const applyWrite = (write: Write): Outcome => {
    if (write.op === 'create') return create(write);
    const kept = records.get(write.key);
    if (kept === undefined) return { is: 'missing' };
    if (traits.guarded && write.ifVersion !== undefined && write.ifVersion !== String(kept.version)) {
      return { is: 'conflict' };
    }
    if (write.op === 'delete') drop(write.key);
    else if (write.op === 'update') put(write.key, make({ ...kept.data, ...write.patch }));
    else put(write.key, make(added({ ...kept.data, ...write.patch }, write.amounts)));
    return done(write, write.key);
  };
  const create = (write: Extract<Write, { op: 'create' }>): Outcome => {
    const before = landed.get(write.id);
    if (before !== undefined && traits.creates === 'idempotent') return answered(before);
    minted += 1;
    const key = `k${String(minted).padStart(4, '0')}`;
    put(key, make(write.data));
    records.set(key, { ...(records.get(key) as Kept), ref: write.ref });
    return done(write, key);
  };
  const done = (write: Write, key: string): Outcome => {
    applied.push(write);
    landed.set(write.id, key);
    return answered(key);
  };
  const answered = (key: string): Outcome => {
    const item = options.answers === false ? null : itemOf(key);
    return item === null ? { is: 'applied', key } : { is: 'applied', key, item };
  };
  const make = (data: ExternalRecord) => options.makes?.(data) ?? data;

  const stream: Stream = {
    traits,
    async get(keys) {
      calls.get += 1;
      answer();
      return new Map(
        keys.flatMap((key) => [itemOf(key)].flatMap((item) => (item === null ? [] : [[key, item] as const]))),
      );
    },
    async push(writes) {
      calls.push += 1;
      answer();
      const fault = faults.shift();
      if (fault === 'down') throw new SystemError('down', 'connection refused');
      if (fault === 'auth') throw new SystemError('auth', 'password expired');
      if (fault === 'cut-before') throw new Error('socket hang up');
      if (typeof fault === 'object' && 'throttledMs' in fault) {
        throw new SystemError('throttled', '429', { afterMs: fault.throttledMs });
      }
      const outcomes = applyBatch(writes, typeof fault === 'object' ? fault.outcome : null);
      if (fault === 'cut-after') throw new Error('socket hang up');
      return outcomes;
    },
  };
  const applyBatch = (writes: readonly Write[], forced: Outcome | null): readonly Outcome[] => {
    if (forced !== null) return writes.map(() => forced);
    const bad = writes.some((write) => 'data' in write && write.data.name === 'bad');
    if (bad && traits.batch.fails === 'all') return writes.map(() => ({ is: 'rejected', reason: 'bad name' }));
    return writes.map((write) =>
      'data' in write && write.data.name === 'bad' ? { is: 'rejected', reason: 'bad name' } : applyWrite(write),
    );
  };
  if (options.feeds !== false) {
    stream.changes = async function* (cursor) {
      calls.changes += 1;
      answer();
      const from = typeof cursor === 'number' ? cursor : 0;
      if (cursor !== null && from < oldest) throw new SystemError('cursor-lost', 'too old');
      const entries = feed.map((entry, index) => ({ ...entry, at: index + 1 })).filter(({ at }) => at > from);
      const shown = entries.filter(({ deleted }) => !deleted || traits.deletes === 'feed');
      for (let start = 0; start < shown.length; start += pageSize) {
        const part = shown.slice(start, start + pageSize);
        yield page(part, scrambleOf(part), feed.length > 0 ? (part.at(-1)?.at ?? from) : from);
      }
    };
  }
  const scrambleOf = <T>(part: readonly T[]) => (system.scrambled ? [...part, ...part].reverse() : part);
  const page = (_part: unknown, entries: readonly { key: string; deleted: boolean }[], cursor: number): Page => ({
    changes: entries.flatMap(({ key }): Change[] => {
      if (system.hidden.has(key)) return [];
      const item = itemOf(key);
      if (item !== null) return [{ op: 'put', ...item }];
      return traits.deletes === 'feed' ? [{ op: 'delete', key }] : [];
    }),
    cursor,
  });
  if (options.scans !== false) {
    stream.scan = async function* (after) {
      calls.scan += 1;
      answer();
      const keys = [...records.keys()].filter((key) => after === null || key > after).sort();
      for (let start = 0; start < keys.length; start += pageSize) {
        const part = keys.slice(start, start + pageSize).filter((key) => !system.hidden.has(key));
        yield {
          changes: part.flatMap((key) =>
            [itemOf(key)].flatMap((item) => (item ? [{ op: 'put', ...item } as const] : [])),
          ),
          cursor: part.at(-1) ?? null,
        };
        answer();
      }
    };
  }
  if (options.digests) {
    stream.digest = async (request) => {
      calls.digest += 1;
      answer();
      return digests.ofRanges(request);
    };
  }
  if (options.finds !== false) {
    stream.find = async (write) => {
      calls.find += 1;
      answer();
      if (write.op === 'create') {
        const found = [...records].find(([, { ref }]) => ref === write.ref);
        return found === undefined ? null : itemOf(found[0]);
      }
      const key = landed.get(write.id);
      return key === undefined ? null : (itemOf(key) ?? { key, data: {} });
    };
  }

  const system: NastySystem = {
    connector: {
      kind: 'nasty',
      streams: { items: stream },
      async check(_context: Context) {
        calls.check += 1;
        answer();
      },
      close: async () => {},
    },
    records,
    applied,
    calls,
    digests,
    outage: null,
    scrambled: false,
    hidden: new Set(),
    insert: (key, data) => put(key, data),
    edit: (key, patch) => put(key, { ...records.get(key)?.data, ...patch }),
    editUnseen: (key, patch) => put(key, { ...records.get(key)?.data, ...patch }, false),
    remove: (key) => drop(key),
    removeUnseen: (key) => drop(key, false),
    failPushes: (...next) => void faults.push(...next),
    loseCursors() {
      oldest = feed.length + 1;
      feed.push({ key: 'nothing', deleted: true });
    },
  };
  return system;
}

function added(data: ExternalRecord, amounts: Readonly<Record<string, number>>): ExternalRecord {
  const sums = Object.entries(amounts).map(([field, amount]) => [field, Number(data[field] ?? 0) + amount]);
  return { ...data, ...Object.fromEntries(sums) };
}
