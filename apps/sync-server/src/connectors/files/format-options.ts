import { z } from 'zod';

/** How the lines of a file are written. */
export type Format = z.output<typeof formatSchema>;

/** One field of a record. */
export type FieldOptions = z.output<typeof fieldSchema>;

/** A cell or element that holds no character: said to be empty, not said, or an empty text. */
export type Empty = z.output<typeof empty>;

const text = z.string().min(1);
const encoding = z.enum(['utf-8', 'windows-1252', 'latin1', 'utf-16le']);
const empty = z.enum(['null', 'absent', 'text']);
const character = z.string().length(1, 'one character');

/** Numbers and truth values as text. */
const notation = {
  decimal: z.enum(['.', ',']).default('.'),
  /** Left out of numbers when reading, never written. */
  thousands: character.optional(),
  /** Texts that mean true or false; the first of each is written. */
  booleans: z
    .strictObject({ true: z.array(z.string()).min(1), false: z.array(z.string()).min(1) })
    .default({ true: ['true', '1'], false: ['false', '0'] }),
};

const csvSchema = z.strictObject({
  is: z.literal('csv'),
  encoding: encoding.default('utf-8'),
  separator: character.default(','),
  quote: z.union([character, z.literal(false)]).default('"'),
  /** Names of the columns where the file has no header line. */
  header: z.array(text).min(1).optional(),
  empty: empty.default('null'),
  /** A cell that is empty between quotes. */
  quotedEmpty: empty.default('null'),
  /** What is written, and read besides, for null and for a field that is not said. */
  nullText: z.string().default(''),
  absentText: z.string().default(''),
  /** Line ends that are written. */
  newline: z.enum(['\n', '\r\n']).default('\r\n'),
  /** Write a byte order mark. */
  bom: z.boolean().default(false),
  ...notation,
});

const jsonlSchema = z.strictObject({
  is: z.literal('jsonl'),
  encoding: encoding.default('utf-8'),
  ...notation,
});

const elementName = z
  .string()
  .regex(/^[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?$/u, 'no name of an element');

const xmlSchema = z.strictObject({
  is: z.literal('xml'),
  encoding: encoding.default('utf-8'),
  /** Name of the element that is one record, at any depth. */
  record: elementName,
  /** Name of the root element that is written. */
  root: elementName.default('records'),
  empty: empty.default('null'),
  ...notation,
});

/** Checks a format. */
export const formatSchema = z.discriminatedUnion('is', [csvSchema, jsonlSchema, xmlSchema]);

/** Checks a field. */
export const fieldSchema = z.strictObject({
  /** Column, property, element path `a/b`, or attribute `@a`. Default: the name of the field. */
  from: text.optional(),
  /** Default: text; in JSONL whatever the value is. */
  type: z.enum(['text', 'number', 'integer', 'boolean', 'json']).optional(),
  maxLength: z.number().int().positive().optional(),
  /** A file may lack the column. */
  optional: z.boolean().default(false),
});
