import type { RxDocumentData } from 'rxdb';
import type { Chance } from './chance.ts';
import type { AnyDocument, Field, RandomSchema } from './random-schema.ts';

/** Texts whose order or form has tripped storages up: case, accents, digits, astral characters, quotes. */
const PLAIN = ['a', 'A', 'b', 'ab', 'abc', 'ä', 'e\u0301', 'Zoë', '10', '9', "it's", '"', '%_', '\\', '{}', 'x y'];
const ASTRAL = ['😀', '😀a', '😁', '\ue000', '\uffee', '\ud7ff', '𝒳', '\ufffd'];
/** What an index of the memory storage cannot hold: it pads with spaces, and takes U+FFFF for the end of everything. */
const CONTROLS = [
  '',
  ' ',
  'a ',
  '\u0000',
  'a\u0000',
  'a\u0000b',
  '\u0001',
  'a\u0001',
  '\t',
  '\n',
  '\u001f',
  '\uffff',
  'a\uffff',
];
const SURROGATES = ['\ud800', '\udc00', 'a\ud83d', '\ude00a', '\udfff'];
const NUMBERS = [0, -0, 1, -1, 0.5, -0.01, 2, 3, 5, 7, 10, 99.99, -1_000, 1_000];
const HUGE = [
  1e21,
  -1e21,
  1.7976931348623157e308,
  5e-324,
  2 ** 53,
  -(2 ** 53),
  2 ** 53 + 2,
  0.1 + 0.2,
  123_456_789.123,
];

/** A value that a field may hold or be asked for. */
export function randomValue(chance: Chance, field: Field, wild: boolean): unknown {
  switch (field.type) {
    case 'boolean':
      return chance.percent(50);
    case 'nullable':
      return chance.percent(30) ? null : randomText(chance, true);
    case 'number':
    case 'integer':
      return randomNumber(chance, field, wild);
    case 'strings':
      return Array.from({ length: chance.below(4) }, () => randomText(chance, true));
    case 'objects':
      return Array.from({ length: chance.below(3) }, () => randomObject(chance));
    default:
      return randomText(chance, wild);
  }
}

/** A text of any kind, or of the kinds that every storage tells apart. */
export function randomText(chance: Chance, wild: boolean): string {
  if (!wild) return chance.one(chance.percent(70) ? PLAIN : ASTRAL);
  return chance.one(chance.one([PLAIN, ASTRAL, CONTROLS, SURROGATES]));
}

function randomNumber(chance: Chance, { bounds, type }: Field, wild: boolean): number {
  const number = chance.one(wild && chance.percent(30) ? HUGE : NUMBERS);
  const whole = type === 'integer' ? Math.trunc(number) : number;
  if (wild || bounds === null) return whole;
  const inside = Math.min(bounds.maximum, Math.max(bounds.minimum, whole));
  return bounds.multipleOf === 1 ? Math.trunc(inside) : inside;
}

/** An element of a list of objects. */
export function randomObject(chance: Chance): Record<string, unknown> {
  return {
    ...(chance.percent(80) ? { k: randomText(chance, true) } : {}),
    ...(chance.percent(80) ? { v: chance.one([...NUMBERS, null]) } : {}),
  };
}

let clock = 1_700_000_000_000;

/** A stored document of the schema. Required fields are there; others may be missing, null or of another type. */
export function randomDocument(chance: Chance, id: string, random: RandomSchema): RxDocumentData<AnyDocument> {
  const document: Record<string, unknown> = { id };
  for (const field of random.fields) {
    const value = fieldValue(chance, field, random);
    if (value !== undefined) setAt(document, field.path, value);
  }
  clock += chance.below(2);
  return {
    ...(document as AnyDocument),
    _deleted: chance.percent(15),
    _attachments: {},
    _meta: { lwt: clock },
    _rev: '1-fuzz',
  };
}

function fieldValue(chance: Chance, field: Field, { wild, indexed }: RandomSchema): unknown {
  const value = randomValue(chance, field, wild || !indexed.has(field.path));
  if (field.required) return value;
  // The memory storage cannot take in a mistyped value of an indexed field.
  const others = field.type === 'strings' ? [null, {}, '1', [['a']]] : [null, true, 1, '1'];
  const mistyped = indexed.has(field.path) ? null : chance.one<unknown>(others);
  return chance.way<unknown>([
    [70, () => value],
    [20, () => undefined],
    [10, () => mistyped],
  ]);
}

function setAt(document: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split('.');
  let object = document;
  for (const part of parts.slice(0, -1)) {
    object[part] ??= {};
    object = object[part] as Record<string, unknown>;
  }
  object[parts.at(-1) as string] = value;
}
