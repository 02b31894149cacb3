import { createHash } from 'node:crypto';
import { type JsonValue, MAX_ID_LENGTH } from '@datastores/core/schema';
import type { ExternalRecord, Item } from '../connectors/connector.ts';
import type { Binding } from './binding.ts';
import { collectingIds, type KnownReferences, type Reference } from './ids.ts';
import { keptRecord, type ReadItem, recordProblem } from './read-item.ts';
import { keptDigest } from './record-digest.ts';

/** A record in our own terms. */
export interface MappedRecord {
  readonly is: 'record';
  readonly key: string;
  readonly version: string | null;
  /** As the link keeps it, see `keptDigest`. */
  readonly digest: string | null;
  readonly fields: Readonly<Record<string, JsonValue | undefined>>;
  /** Scope and ids for a document that has yet to be found or made. */
  readonly scope: string;
  readonly match: string | null;
  readonly id: string;
  readonly record: ExternalRecord;
}

/** What became of one record on its way to a document. */
export type Mapped =
  | MappedRecord
  | { readonly is: 'gone'; readonly key: string }
  | { readonly is: 'unfit'; readonly key: string; readonly reason: string; readonly record: JsonValue }
  | { readonly is: 'waits'; readonly key: string; readonly references: readonly Reference[] };

/** A chain of references is followed this far; a mapping that asks for ever new ones is parked. */
const MAX_ROUNDS = 4;

/** Validates and maps records, and looks up the references they hold. A record that fails is set apart alone. */
export async function mapRecords(
  binding: Binding,
  items: readonly ReadItem[],
  known: KnownReferences,
): Promise<readonly Mapped[]> {
  const validated = await Promise.all(items.map((item) => (item.is === 'item' ? validate(binding, item.item) : item)));
  let mapped = validated.map((item) => mapOne(binding, item, known));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const wanted = mapped.flatMap((one) => (one.is === 'waits' ? one.references : []));
    const unknown = wanted.filter((reference) => known.get(reference) === undefined);
    if (unknown.length === 0) return mapped;
    await known.load(unknown);
    mapped = mapped.map((one, index) =>
      one.is === 'waits' ? mapOne(binding, validated[index] as ReadItem, known) : one,
    );
  }
  return mapped;
}

async function validate(binding: Binding, item: Item): Promise<ReadItem> {
  if (binding.record === undefined) return { is: 'item', item };
  try {
    const result = await binding.record['~standard'].validate(item.data);
    if (result.issues === undefined) return { is: 'item', item: { ...item, data: result.value } };
    const reason = result.issues.map((issue) => `${pathOf(issue.path)} ${issue.message}`.trim()).join('; ');
    return unfit(item, `The record does not fit its schema: ${reason}`);
  } catch (error) {
    return unfit(item, `The schema of the record failed: ${messageOf(error)}`);
  }
}

function mapOne(binding: Binding, item: ReadItem, known: KnownReferences): Mapped {
  if (item.is !== 'item') return item;
  const { key, data, version } = item.item;
  const digest = keptDigest(binding, item.item.digest);
  const { ids, missing } = collectingIds(known);
  try {
    const fields = binding.toDocument(data, ids);
    const match = binding.match?.(data, ids) ?? null;
    const scope = binding.scopeFor?.(data) ?? 'main';
    const id = binding.idFor?.(data, key) ?? defaultId(binding.stream, key);
    if (missing.length > 0) return { is: 'waits', key, references: missing };
    const problem = mappedProblem({ fields, scope, match, id });
    if (problem !== null) return unfit(item.item, `The mapping is wrong: ${problem}`);
    return { is: 'record', key, version: version ?? null, digest, fields, scope, match, id, record: data };
  } catch (error) {
    if (missing.length > 0) return { is: 'waits', key, references: missing };
    return unfit(item.item, `The mapping failed: ${messageOf(error)}`);
  }
}

/** Bindings are written by people: what they return is checked like what comes from outside. */
function mappedProblem(mapped: Readonly<Record<'fields' | 'scope' | 'match' | 'id', unknown>>): string | null {
  const { fields, scope, match, id } = mapped;
  if (typeof scope !== 'string' || scope === '') return 'scopeFor must give a text that is not empty.';
  if (typeof id !== 'string' || id === '') return 'idFor must give a text that is not empty.';
  if (id.length > MAX_ID_LENGTH) return `idFor must give at most ${MAX_ID_LENGTH} characters.`;
  if (match !== null && typeof match !== 'string') return 'match must give a text or null.';
  return recordProblem(fields, 'toDocument');
}

/** The same on every server, so that two of them make the same document of a record. */
function defaultId(stream: string, key: string): string {
  const id = `${stream}-${key}`;
  if (id.length <= MAX_ID_LENGTH) return id;
  return `${stream.slice(0, 60)}-${createHash('sha256').update(key).digest('hex')}`;
}

function unfit(item: Item, reason: string) {
  return { is: 'unfit', key: item.key, reason, record: keptRecord(item.data) } as const;
}

function pathOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  return (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
