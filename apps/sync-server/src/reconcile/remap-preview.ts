import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { LinkedDocument } from '../store/linked.ts';
import { applyRecord, type MergedRecord } from './apply-record.ts';
import { changeTimes } from './change-times.ts';
import { fieldOf, unsentFields } from './field-rules.ts';
import { createKnownReferences } from './ids.ts';
import { type Mapped, type MappedRecord, mapRecords, messageOf } from './map-records.ts';
import { bodyOf, documentProblem } from './merge-record.ts';
import { itemOfKept, readTimesOf } from './remap.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** What the configured mapping would make of the documents of a stream, by the records that are kept. Nothing was written. */
export interface RemapPreview {
  /** Records that were looked at: all that are kept. */
  readonly kept: number;
  /** Linked records that are not kept. They would be read. */
  readonly unkept: number;
  /** Documents that would stay as they are, and such as would change. */
  readonly same: number;
  readonly changed: number;
  /** Documents of which the system would be told something. */
  readonly told: number;
  /** Documents that a person would be asked about, who is not yet. */
  readonly asked: number;
  /** Records that could not be used; they would be set aside. */
  readonly unfit: number;
  /** Records that would wait for others, and such as are not decided from what is kept: theirs are deleted, or read again. */
  readonly waiting: number;
  readonly undecided: number;
  /** How many documents would change in each field, and the first ten of them. */
  readonly fields: Readonly<Record<string, FieldPreview>>;
  /** The first ten records that could not be used. */
  readonly problems: readonly { readonly key: string; readonly reason: string }[];
}

/** Documents that would change in one field. */
export interface FieldPreview {
  readonly count: number;
  readonly examples: readonly {
    readonly key: string;
    readonly id: string;
    /** As it is, and as it would be; null: empty. */
    readonly here: JsonValue;
    readonly would: JsonValue;
  }[];
}

/** Records looked at before other work has its turn. */
const SLICE = 200;

const MOST_EXAMPLES = 10;

/** Maps all kept records of a stream and merges each into its document, in memory alone. Stops early if the server does. */
export async function previewRemap(reach: SystemReach, stream: EngineStream): Promise<RemapPreview> {
  const about = { system: reach.system, stream: stream.name };
  const tally = newTally();
  for (let after: string | null = null; ; ) {
    reach.signal.throwIfAborted();
    const records = await reach.store.kept({ ...about, after, limit: SLICE });
    const last = records.at(-1);
    if (last === undefined) break;
    after = last.key;
    const known = createKnownReferences(reach.store, reach.bindings);
    const mapped = await mapRecords(stream.binding, records.map(itemOfKept), known);
    const linked = await reach.store.linked({ ...about, keys: records.map(({ key }) => key) });
    const rows = new Map(linked.map((row) => [row.link.key, row]));
    const times = readTimesOf(records);
    for (const one of mapped) lookAt(tally, stream, { one, row: rows.get(one.key), readAt: times.get(one.key) ?? 0 });
    tally.kept += records.length;
    await new Promise(setImmediate);
  }
  for (let after: string | null = null; ; ) {
    const keys: readonly string[] = await reach.store.unkept({ ...about, after, limit: UNKEPT });
    tally.unkept += keys.length;
    after = keys.at(-1) ?? null;
    if (keys.length < UNKEPT) break;
  }
  return { ...tally, fields: Object.fromEntries(tally.fields) };
}

const UNKEPT = 1_000;

type Tally = { -readonly [Part in Exclude<keyof RemapPreview, 'fields' | 'problems'>]: number } & {
  readonly fields: Map<string, FieldPreview>;
  readonly problems: Problem[];
};

function newTally(): Tally {
  const counts = { kept: 0, unkept: 0, same: 0, changed: 0, told: 0, asked: 0, unfit: 0, waiting: 0, undecided: 0 };
  return { ...counts, fields: new Map(), problems: [] };
}

interface Looked {
  readonly one: Mapped;
  readonly row: LinkedDocument | undefined;
  readonly readAt: number;
}

function lookAt(tally: Tally, stream: EngineStream, looked: Looked): void {
  const found = previewOf(stream, looked);
  if (found === 'waiting' || found === 'undecided') tally[found] += 1;
  else if ('reason' in found) addProblem(tally, found);
  else addMerged(tally, stream, found);
}

type Problem = RemapPreview['problems'][number];

function previewOf(stream: EngineStream, { one, row, readAt }: Looked): Merged | Problem | 'waiting' | 'undecided' {
  if (one.is === 'unfit') return one;
  if (one.is === 'waits') return 'waiting';
  const document = row?.document ?? null;
  if (one.is !== 'record' || row === undefined || document === null || document.deleted) return 'undecided';
  // What was read before our last write ended is read again, and decides nothing.
  if (readAt < row.link.syncedAt) return 'undecided';
  const here = bodyOf({ bound: stream }, document);
  const merged = tryMerge(stream, { record: one, row, here, times: changeTimes(document, one, { readAt }) });
  if (typeof merged === 'string') return { key: one.key, reason: merged };
  const problem = merged.changed.length === 0 ? null : documentProblem({ bound: stream }, merged.document);
  return problem === null ? { merged, row, here } : { key: one.key, reason: problem };
}

interface Merging {
  readonly record: MappedRecord;
  readonly row: LinkedDocument;
  readonly here: JsonObject;
  readonly times: ReturnType<typeof changeTimes>;
}

function tryMerge({ rules }: EngineStream, { record, row: { link }, here, times }: Merging): MergedRecord | string {
  try {
    return applyRecord(rules, { base: link.base, document: here, record: record.fields, asked: link.asked, times });
  } catch (error) {
    return `The merge failed: ${messageOf(error)}`;
  }
}

interface Merged {
  readonly merged: MergedRecord;
  readonly row: LinkedDocument;
  readonly here: JsonObject;
}

function addMerged(tally: Tally, { rules, binding }: EngineStream, { merged, row: { link }, here }: Merged): void {
  tally[merged.changed.length === 0 ? 'same' : 'changed'] += 1;
  const asked = Object.fromEntries([...merged.asked].map(([field, there]) => [field, { there, since: 0 }]));
  const before = unsentFields(rules, link, here);
  const untold = unsentFields(rules, { base: merged.base, asked }, merged.document);
  if (binding.toRecord !== undefined && untold.some((field) => !before.includes(field))) tally.told += 1;
  if (Object.keys(asked).some((field) => !Object.hasOwn(link.asked ?? {}, field))) tally.asked += 1;
  for (const field of merged.changed) {
    const { count, examples } = tally.fields.get(field) ?? { count: 0, examples: [] };
    const [is, would] = [fieldOf(here, field) ?? null, fieldOf(merged.document, field) ?? null];
    const example = { key: link.key ?? '', id: link.id, here: is, would };
    tally.fields.set(field, {
      count: count + 1,
      examples: examples.length < MOST_EXAMPLES ? [...examples, example] : examples,
    });
  }
}

function addProblem(tally: Tally, { key, reason }: Problem): void {
  tally.unfit += 1;
  if (tally.problems.length < MOST_EXAMPLES) tally.problems.push({ key, reason });
}
