import type { MangoQuery } from 'rxdb';
import { objectPathMonad } from 'rxdb/plugins/utils';
import type { Chance } from './chance.ts';
import type { AnyDocument, Field, RandomSchema } from './random-schema.ts';
import { randomObject, randomText, randomValue } from './random-values.ts';

type Selector = Record<string, unknown>;

/** What queries are made up over: a schema, and documents whose values they ask for. */
export interface Queried extends RandomSchema {
  readonly documents: readonly object[];
}

/** A Mango query by chance, with every operator that RxDB knows. */
export function randomQuery(chance: Chance, random: Queried): MangoQuery<AnyDocument> {
  const indexes = (random.schema.indexes ?? []) as readonly (readonly string[])[];
  const selector = randomSelector(chance, random, 3);
  return {
    selector: chance.percent(75) ? { _deleted: { $eq: false }, ...selector } : selector,
    ...(chance.percent(65) ? { sort: randomSort(chance, random) } : {}),
    ...(chance.percent(35) ? { skip: chance.below(8) } : {}),
    ...(chance.percent(35) ? { limit: chance.below(8) } : {}),
    ...(chance.percent(20) ? { index: [...chance.one(indexes)] } : {}),
  } as MangoQuery<AnyDocument>;
}

function randomSelector(chance: Chance, random: Queried, depth: number): Selector {
  const selector: Selector = {};
  for (const field of chance.some(random.fields, depth === 3 ? 2 : 3))
    selector[field.path] = randomCondition(chance, field, random);
  if (chance.percent(8)) selector['id'] = { [chance.one(['$gt', '$lte', '$eq', '$ne'])]: `id-${chance.below(30)}` };
  if (depth > 0 && chance.percent(30)) {
    const parts = Array.from({ length: 1 + chance.below(3) }, () => randomSelector(chance, random, depth - 1));
    selector[chance.one(['$and', '$or', '$nor'])] = parts;
  }
  return selector;
}

function randomCondition(chance: Chance, field: Field, random: Queried): unknown {
  const value = () => operand(chance, field, random);
  return chance.way<unknown>([
    [10, () => shorthand(value())],
    [60, () => operation(chance, field, value)],
    [10, () => ({ $not: operation(chance, field, value) })],
    [12, () => ({ $gte: value(), $lt: value() })],
    [8, () => ({ ...operation(chance, field, value), ...operation(chance, field, value) })],
  ]);
}

/** An object in the place of a value would be read as operators. */
function shorthand(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { $eq: value } : value;
}

function operand(chance: Chance, field: Field, { wild, indexed, documents }: Queried): unknown {
  const stored = objectPathMonad<object>(field.path)(chance.one(documents));
  const scalar = ['string', 'number', 'boolean'].includes(typeof stored) || stored === null;
  if (scalar && chance.percent(60)) return stored;
  const loose = wild || !indexed.has(field.path);
  if (loose && chance.percent(12)) return chance.one([null, true, false, 0, 1, '', 'a', -1]);
  const listed = field.type === 'strings' && chance.percent(70);
  return listed ? randomText(chance, true) : randomValue(chance, field, loose);
}

function operation(chance: Chance, field: Field, value: () => unknown): Record<string, unknown> {
  const comparison = (): Record<string, unknown> => ({
    [chance.one(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'])]: value(),
  });
  return chance.way<Record<string, unknown>>([
    [55, comparison],
    [14, () => ({ [chance.one(['$in', '$nin'])]: Array.from({ length: chance.below(5) }, value) })],
    [7, () => ({ $exists: chance.percent(50) })],
    [6, () => ({ $type: chance.one(['string', 'number', 'bool', 'null', 'array', 'object', 'int', 'double']) })],
    [7, () => regex(chance)],
    [4, () => ({ $mod: [1 + chance.below(4), chance.below(3)] })],
    [field.type === 'strings' || field.type === 'objects' ? 25 : 2, () => inLists(chance, field)],
  ]);
}

function regex(chance: Chance): Record<string, unknown> {
  const $regex = chance.one(['^a', 'b$', '[ab]', '.', 'E', '^$', '\\d', '^.$', '\\u0000', '😀', 'a|Z']);
  return chance.percent(30) ? { $regex, $options: 'i' } : { $regex };
}

function inLists(chance: Chance, { type }: Field): Record<string, unknown> {
  if (chance.percent(30)) return { $size: chance.below(4) };
  if (type !== 'objects')
    return { $elemMatch: { [chance.one(['$gt', '$eq', '$lte', '$ne'])]: randomText(chance, true) } };
  const { k = 'a', v = 1 } = randomObject(chance);
  return chance.way<Record<string, unknown>>([
    [2, () => ({ $elemMatch: { k: { $gte: k } } })],
    [2, () => ({ $elemMatch: { v: { $lt: v }, k: { $ne: 'a' } } })],
    [1, () => ({ $elemMatch: { $or: [{ k: { $eq: k } }, { v: { $gt: v } }] } })],
  ]);
}

function randomSort(chance: Chance, { fields, schema }: RandomSchema): Record<string, 'asc' | 'desc'>[] {
  // RxDB's comparator finds no order between two equal lists: theirs is that of storing.
  const scalars = fields.filter(({ type }) => type !== 'objects' && type !== 'strings').map(({ path }) => path);
  const index = chance.one((schema.indexes ?? []) as readonly (readonly string[])[]);
  const paths = chance.percent(40) ? index.filter((path) => path !== '_deleted') : chance.some(scalars, 3);
  if (paths.length === 0 || chance.percent(10)) paths.push(chance.one(['id', '_meta.lwt']));
  const same = chance.one(['asc', 'desc', null] as const);
  return [...new Set(paths)].map((path) => ({ [path]: same ?? chance.one(['asc', 'desc'] as const) }));
}
