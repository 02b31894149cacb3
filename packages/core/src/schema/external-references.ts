/** How other systems call a document: one key for each system. Merged by system. */
export const externalReferences = {
  type: 'array',
  description: 'How other systems call this.',
  items: {
    type: 'object',
    properties: { system: { type: 'string' }, key: { type: 'string' } },
    required: ['system', 'key'],
  },
} as const;
