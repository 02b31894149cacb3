import type { ExternalRecord, Outcome, Write } from '../connector.ts';
import type { Row } from './orm.ts';
import { isList, type Prepared, prepare, type Related } from './prepare.ts';
import { childIds, type Reading } from './reading.ts';
import { idOf } from './record-id.ts';

/** A write that is ready to be sent; `id` is the number of its record, where there is one. */
export interface Planned extends Prepared {
  readonly write: Write;
  readonly id: number;
}

/** Writes of one kind, none twice to one record: what one call can make. */
export function splitRuns(writes: readonly Write[], updatesAtOnce: number): Write[][] {
  const runs: Write[][] = [];
  for (const write of writes) {
    const run = runs.at(-1);
    const full = write.op === 'update' && (run?.length ?? 0) >= updatesAtOnce;
    const fits = run?.[0]?.op === write.op && !full && !run.some((one) => isSameRecord(one, write));
    if (fits) run?.push(write);
    else runs.push([write]);
  }
  return runs;
}

/**
 * Encodes the writes of a run, and looks which of their records are there: some systems delete what is not there without
 * a word. A write that cannot be sent has its outcome instead.
 */
export async function planRun(reading: Reading, run: readonly Write[]): Promise<(Planned | Outcome)[]> {
  const rows = await readTargets(reading, run);
  return run.map((write): Planned | Outcome => {
    if (write.op === 'add') return { is: 'rejected', reason: 'Differences cannot be sent to this system.' };
    const row = write.op === 'create' ? undefined : rows.get(write.key);
    if (write.op !== 'create' && !row) return { is: 'missing' };
    const { shape } = reading;
    const data = dataOf(write);
    const withRef = write.op === 'create' && shape.ref ? { ...data, [shape.ref.name]: write.ref } : data;
    const withField = shape.ref ? new Map([...shape.fields, [shape.ref.name, shape.ref]]) : shape.fields;
    const fitting = write.op === 'create' ? { ...shape, fields: withField } : shape;
    const prepared = prepare(reading.orm, fitting, { data: withRef, related: row ? relatedOf(reading, row) : {} });
    return 'is' in prepared ? prepared : { ...prepared, write, id: row?.id ?? 0 };
  });
}

function dataOf(write: Exclude<Write, { op: 'add' }>): ExternalRecord {
  if (write.op === 'create') return write.data;
  return write.op === 'update' ? write.patch : {};
}

async function readTargets({ orm, shape, context }: Reading, run: readonly Write[]): Promise<Map<string, Row>> {
  const ids = run.flatMap((write) => ('key' in write ? (idOf(write.key) ?? []) : []));
  if (ids.length === 0) return new Map();
  const patched = new Set(run.flatMap((write) => (write.op === 'update' ? Object.keys(write.patch) : [])));
  const lists = [...shape.fields.values(), ...[...shape.lists.values()].map(({ field }) => field)].filter(isList);
  const fields = lists.map(({ name }) => name).filter((name) => patched.has(name));
  const rows = await orm.read({ model: shape.model, domain: [['id', 'in', ids]], fields, limit: ids.length }, context);
  return new Map(rows.map((row) => [String(row.id), row]));
}

function relatedOf({ shape }: Reading, row: Row): Related {
  const names = [...shape.fields.keys(), ...shape.lists.keys()].filter((name) => Array.isArray(row[name]));
  return Object.fromEntries(names.map((name) => [name, childIds(row, name)]));
}

function isSameRecord(a: Write, b: Write): boolean {
  if (a.op === 'create' || b.op === 'create') return a.op === b.op && a.id === b.id;
  return a.key === b.key;
}
