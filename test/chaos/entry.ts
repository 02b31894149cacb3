import { defineDatastore } from '@datastores/core';

const mark = { type: 'string' } as const;

/**
 * Documents in which every write leaves its name. `text` is fought over by all replicas; `total` counts the amounts of all
 * writes; in `m0` … `m11` each replica, and nobody else, notes its own last write.
 */
export const entries = defineDatastore({
  name: 'entry',
  schema: {
    type: 'object',
    properties: {
      born: { type: 'string' },
      text: { type: 'string' },
      pad: { type: 'string' },
      total: { type: 'integer' },
      m0: mark,
      m1: mark,
      m2: mark,
      m3: mark,
      m4: mark,
      m5: mark,
      m6: mark,
      m7: mark,
      m8: mark,
      m9: mark,
      m10: mark,
      m11: mark,
    },
    required: ['born', 'text', 'total'],
  },
  fields: { total: { counter: true } },
});

/** A document of {@link entries}. */
export interface Entry {
  readonly id: string;
  /** Name of the write that inserted it. */
  readonly born: string;
  /** `name<previous`: the last write of the text, and the one that it knew and replaced. */
  readonly text: string;
  readonly pad?: string;
  readonly total: number;
  readonly [mark: `m${number}`]: string | undefined;
}

/** Name of the write in a text or a mark. */
export function nameIn(text: string): string {
  return text.split('<', 1)[0] as string;
}

/** Name of the write that the one in a text or a mark replaced; empty for an insert. */
export function previousIn(text: string): string {
  return text.slice(text.indexOf('<') + 1);
}

/** A document for people to read, without what only fills it up. */
export function shortText(document: Entry | undefined): string {
  return JSON.stringify({ ...document, pad: undefined });
}
