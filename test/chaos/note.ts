import { defineDatastore } from '@datastores/core';

/** A note as the version before had it. */
export interface OldNote {
  readonly id: string;
  readonly words: string;
}

/** A note of today. */
export interface NewNote {
  readonly id: string;
  readonly title: string;
  readonly length: number;
}

/** Notes in the version that a replica was filled with. */
export const oldNotes = defineDatastore({
  name: 'note',
  schema: { type: 'object', properties: { words: { type: 'string' } }, required: ['words'] },
});

/** Notes in the version that replica and server have after an update. */
export const newNotes = defineDatastore({
  name: 'note',
  version: 1,
  schema: {
    type: 'object',
    properties: { title: { type: 'string' }, length: { type: 'integer' } },
    required: ['title', 'length'],
  },
  versions: {
    1: {
      up: ({ id, words }) => ({ id, title: String(words), length: String(words).length }),
      down: ({ id, title }) => ({ id, words: String(title) }),
    },
  },
});
