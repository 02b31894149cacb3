import { defineDatastore } from '@datastores/core';

/** A datastore in which every version tells by which one a document was made; before the first one nothing does. */
export function thingOf(version: number) {
  const steps = Array.from({ length: version }, (_, at) => at + 1);
  const properties = { name: { type: 'string', maxLength: 100 }, madeIn: { type: 'integer' } } as const;
  return defineDatastore({
    name: 'thing',
    version,
    schema: { type: 'object', properties, required: ['name'] } as const,
    versions: Object.fromEntries(
      steps.map((step) => [
        step,
        {
          up: (document) => ({ ...document, madeIn: step }),
          down: ({ madeIn: _, ...document }) => ({ ...document, ...(step > 1 ? { madeIn: step - 1 } : {}) }),
        },
      ]),
    ),
  });
}
