import { type Context, SystemError } from '../connector.ts';
import type { StreamOptions } from './options.ts';
import type { Field, Orm } from './orm.ts';

/** What a stream reads and writes, as the system describes it. */
export interface Shape {
  readonly model: string;
  readonly domain: StreamOptions['domain'];
  readonly fields: ReadonlyMap<string, Field>;
  readonly lists: ReadonlyMap<string, List>;
  readonly ref: Field | undefined;
}

/** A list of children in a record. */
export interface List {
  readonly field: Field;
  readonly model: string;
  readonly fields: ReadonlyMap<string, Field>;
}

/**
 * Asks the system for the fields of a stream, once; a failure is asked again. Throws SystemError `shape` for a field that
 * is declared and not there.
 */
export function createShapeReader(orm: Orm, stream: StreamOptions): (context: Context) => Promise<Shape> {
  let known: Shape | null = null;
  return async (context) => {
    known ??= await readShape(orm, stream, context);
    return known;
  };
}

async function readShape(orm: Orm, stream: StreamOptions, context: Context): Promise<Shape> {
  const { model } = stream;
  const there = await orm.describe(model, context);
  const fields = new Map(stream.fields.map((name) => [name, pick(there, model, name)]));
  const lists = new Map<string, List>();
  for (const [name, names] of Object.entries(stream.lists)) {
    const field = pick(there, model, name);
    if (field.type !== 'one2many' || field.relation === undefined) {
      throw new SystemError('shape', `${model}.${name} is ${field.type}, no list of children; declare it in fields.`);
    }
    const { relation } = field;
    const children = await orm.describe(relation, context);
    const picked = new Map(names.map((child) => [child, pick(children, relation, child)]));
    lists.set(name, { field, model: relation, fields: picked });
  }
  const ref = stream.ref === undefined ? undefined : pick(there, model, stream.ref);
  return { model, domain: stream.domain, fields, lists, ref };
}

function pick(fields: ReadonlyMap<string, Field>, model: string, name: string): Field {
  const field = fields.get(name);
  if (field) return field;
  throw new SystemError('shape', `${model} has no field ${name} that this user may see; correct the declared stream.`);
}
