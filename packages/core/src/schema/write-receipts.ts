import { type DocumentOf, defineDatastore } from './datastore.ts';

/** How far a write has got towards one system; see {@link writeReceipts}. */
export const RECEIPT_STATES = ['waiting', 'sent', 'confirmed', 'rejected', 'held'] as const;

/**
 * How far the writes of one replica have got: one document for each document it wrote that external systems are told of.
 * Only the server writes it, and only that replica reads it.
 */
export const writeReceipts = defineDatastore({
  name: 'datastores-receipt',
  schema: {
    type: 'object',
    properties: {
      datastore: { type: 'string', maxLength: 32 },
      documentId: { type: 'string' },
      version: { type: 'string', description: 'Version of the state that the newest write of the replica led to.' },
      settled: { type: 'boolean', description: 'Every system has confirmed it, or will never be told.' },
      systems: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            system: { type: 'string' },
            stream: { type: 'string' },
            state: { type: 'string', enum: RECEIPT_STATES },
            since: { type: 'integer', description: 'Milliseconds since 1970, by the clock of the server.' },
            reference: { type: 'string', description: 'The key of the record over there.' },
            reason: { type: 'string' },
            field: { type: 'string' },
          },
          required: ['system', 'stream', 'state', 'since'],
        },
      },
    },
    required: ['datastore', 'documentId', 'version', 'settled', 'systems'],
  } as const,
  indexes: ['settled'],
});

/** The receipt of the server for one document. */
export type WriteReceipt = DocumentOf<typeof writeReceipts>;
