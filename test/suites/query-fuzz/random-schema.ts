import { fillWithDefaultSettings, type RxDocumentData, type RxJsonSchema } from 'rxdb';
import type { Chance } from './chance.ts';

/** What a field of a random schema may hold. */
export interface Field {
  readonly path: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'nullable' | 'strings' | 'objects';
  readonly required: boolean;
  /** Bounds of an indexed number; of others any number may come. */
  readonly bounds: { readonly minimum: number; readonly maximum: number; readonly multipleOf: number } | null;
}

/** A document of any schema. */
export type AnyDocument = { id: string } & Record<string, unknown>;

/** A schema by chance, as RxDB gives it to a storage, and its fields. */
export interface RandomSchema {
  readonly schema: RxJsonSchema<RxDocumentData<AnyDocument>>;
  readonly fields: readonly Field[];
  /** Fields of some index. */
  readonly indexed: ReadonlySet<string>;
  /** True if documents may hold values that an index of the memory storage cannot tell apart. */
  readonly wild: boolean;
}

const PATHS = ['a', 'b', 'c', 'd', 'n.a', 'n.b', 'n.m.a', 'o.a'] as const;
const MAX_LENGTH = 12;

/** Makes up a schema: scalar fields of every type, at the top and nested, some optional, lists, and up to five indexes. */
export function randomSchema(chance: Chance): RandomSchema {
  const wild = chance.percent(35);
  const fields = [...PATHS.map((path) => scalarField(chance, path, wild)), ...lists(chance)];
  const indexable = fields.filter(({ type }) => ['string', 'number', 'integer', 'boolean'].includes(type));
  const indexes = Array.from({ length: chance.below(6) }, () => {
    const paths = chance.some(indexable, 3).map(({ path }) => path);
    if (chance.percent(10)) paths.push('_meta.lwt');
    return paths;
  }).filter((index) => index.length > 0);
  return {
    schema: fillWithDefaultSettings({
      version: 0,
      primaryKey: 'id',
      type: 'object',
      properties: { id: { type: 'string', maxLength: 20 }, ...propertiesOf(fields) },
      required: ['id'],
      indexes: [...new Map(indexes.map((index) => [index.join(), index])).values()],
    } as RxJsonSchema<AnyDocument>),
    fields,
    indexed: new Set(indexes.flat()),
    wild,
  };
}

function scalarField(chance: Chance, path: string, wild: boolean): Field {
  const type = chance.one(['string', 'string', 'number', 'integer', 'boolean', 'nullable'] as const);
  const bounds = chance.one([
    { minimum: -1_000, maximum: 1_000, multipleOf: 0.01 },
    { minimum: 0, maximum: 5, multipleOf: 1 },
    { minimum: -1e12, maximum: 1e12, multipleOf: 1 },
  ]);
  const isNumber = type === 'number' || type === 'integer';
  return {
    path,
    type,
    required: !wild || chance.percent(50),
    bounds: isNumber ? { ...bounds, multipleOf: type === 'integer' ? 1 : bounds.multipleOf } : null,
  };
}

function lists(chance: Chance): Field[] {
  return (['strings', 'objects'] as const).map((type) => ({
    path: type,
    type,
    required: chance.percent(50),
    bounds: null,
  }));
}

type Properties = Record<string, object>;

function propertiesOf(fields: readonly Field[]): Properties {
  const root: Properties = {};
  for (const field of fields) {
    const parts = field.path.split('.');
    let properties = root;
    for (const part of parts.slice(0, -1)) {
      const object = (properties[part] ?? { type: 'object', properties: {} }) as { properties: Properties };
      properties[part] = object;
      properties = object.properties;
    }
    properties[parts.at(-1) as string] = declared(field);
  }
  return root;
}

function declared({ type, bounds }: Field): object {
  if (type === 'string') return { type, maxLength: MAX_LENGTH };
  if (type === 'nullable') return { type: ['string', 'null'] };
  if (type === 'strings') return { type: 'array', items: { type: 'string' } };
  if (type === 'objects') {
    return { type: 'array', items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'number' } } } };
  }
  return { type, ...bounds };
}
