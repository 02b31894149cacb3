import { type DocumentOf, defineDatastore } from './datastore.ts';

/** What every replica may know of the external systems: one document for each. Only the server writes it. */
export const systemStates = defineDatastore({
  name: 'datastores-system',
  schema: {
    type: 'object',
    properties: {
      state: { type: 'string', enum: ['unknown', 'up', 'down', 'held'] },
      since: { type: 'integer', description: 'Milliseconds since 1970, as all times, by the clock of the server.' },
      streams: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            stream: { type: 'string' },
            datastore: { type: 'string' },
            isTold: { type: 'boolean', description: 'Changes of the datastore are pushed to it.' },
            late: { type: 'boolean', description: 'Its reading takes longer than it should.' },
            asOf: { type: 'integer', description: 'All that was changed over there before this time is here.' },
            withinMs: {
              type: 'integer',
              description: 'As long as the system is up and not late, the data is not older.',
            },
            waiting: { type: 'integer', minimum: 0, description: 'Documents it has not been told of.' },
            dead: { type: 'integer', minimum: 0, description: 'Writes given up on.' },
            oldestAt: { type: 'integer', description: 'Since when the oldest of those waits.' },
          },
          required: ['stream', 'datastore', 'isTold', 'late', 'waiting', 'dead'],
        },
      },
    },
    required: ['state', 'since', 'streams'],
  } as const,
});

/** What the server says of one system; its id is the name of the system. */
export type SystemStateDocument = DocumentOf<typeof systemStates>;
