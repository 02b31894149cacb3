import { getSchemaByObjectPath, type PreparedQuery } from 'rxdb';
import { objectPathMonad } from 'rxdb/plugins/utils';
import type { AnyDocument, RandomSchema } from './random-schema.ts';
import type { StoredDocument } from './two-storages.ts';

/** Why the memory storage may answer otherwise than RxDB's own matcher and comparator would. */
export const DEVIATIONS = {
  padding:
    'its index pads texts with spaces, so that control characters and spaces at the end sort and compare wrongly',
  end: 'its index takes U+FFFF for the end of all texts',
  missing: 'its index takes a missing value or null for an empty text, 0 or false',
  bounds: 'its index cuts numbers to the bounds and decimals of the schema',
  type: 'its index holds values of the declared type alone',
} as const;

/** The name of a known deviation. */
export type Deviation = keyof typeof DEVIATIONS;

/**
 * The deviations that a query can meet: those of values that documents have, or the query asks for, in a field of the index
 * that the memory storage walks for it.
 */
export function deviationsOf(
  { schema }: RandomSchema,
  documents: readonly StoredDocument[],
  { query, queryPlan }: PreparedQuery<AnyDocument>,
): ReadonlySet<Deviation> {
  const found = new Set<Deviation>();
  for (const path of queryPlan.index.filter((field) => !field.startsWith('_') && field !== 'id')) {
    const part = getSchemaByObjectPath(schema, path) as Part;
    const read = objectPathMonad<object>(path);
    const asked = Object.values((query.selector as Record<string, object>)[path] ?? {}).flat();
    for (const value of [...documents.map(read), ...asked]) {
      const deviation = deviationOf(part, value);
      if (deviation !== null) found.add(deviation);
    }
  }
  return found;
}

interface Part {
  readonly type: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

function deviationOf(part: Part, value: unknown): Deviation | null {
  if (value === undefined || value === null) return 'missing';
  if (part.type === 'string') return typeof value === 'string' ? ofText(value) : 'type';
  if (part.type === 'boolean') return typeof value === 'boolean' ? null : 'type';
  return typeof value === 'number' ? ofNumber(part, value) : 'type';
}

function ofText(value: string): Deviation | null {
  if (value.includes('\uffff')) return 'end';
  const padded = value === '' || value.endsWith(' ') || [...value].some((character) => character < ' ');
  return padded ? 'padding' : null;
}

function ofNumber({ minimum = 0, maximum = 0, multipleOf = 1 }: Part, value: number): Deviation | null {
  const steps = value / multipleOf;
  const fits = value >= minimum && value <= maximum && Math.abs(steps - Math.round(steps)) < 1e-9;
  return fits ? null : 'bounds';
}
