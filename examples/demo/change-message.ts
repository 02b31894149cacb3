import type { WorkerMessage } from './worker-message.ts';

/** What a collection tells of a change, as far as it is shown. */
export interface CollectionChange {
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly collectionName?: string;
  readonly documentId: string;
  readonly documentData: unknown;
  readonly previousDocumentData?: unknown;
}

/** Says in one line what a change event of a collection means. */
export function changeMessage(event: CollectionChange): WorkerMessage {
  const common = { kind: 'change', datastore: event.collectionName ?? '', id: event.documentId } as const;
  if (event.operation === 'INSERT') return { ...common, what: 'new' };
  if (event.operation === 'DELETE') return { ...common, what: 'deleted' };
  const [before, after] = [event.previousDocumentData, event.documentData] as Record<string, unknown>[];
  const fields = Object.keys({ ...before, ...after }).filter((field) => !field.startsWith('_'));
  const changed = fields.filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]));
  return { ...common, what: changed.map((field) => describe(field, before?.[field], after?.[field])).join(', ') };
}

function describe(field: string, before: unknown, after: unknown): string {
  const isPlain = (value: unknown) => value === undefined || typeof value !== 'object';
  return isPlain(before) && isPlain(after) ? `${field} ${before ?? 'empty'} → ${after ?? 'empty'}` : field;
}
