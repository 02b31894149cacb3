import type { ItemsTable, ServiceFields } from '../../support/rest-items.ts';
import type { NastyAnswer, Trap } from '../trap.ts';

/** How a batch with one bad record ends: the others are made, or none is and the answer does not say which was bad. */
export type BatchKind = 'each' | 'all';

/** A record of a batch: created under a reference, or changed by its id. */
export interface BatchEntry {
  readonly id?: string;
  readonly fields: ServiceFields;
}

/** `POST /batch` with a list of entries. A name with an exclamation mark is bad. */
export function batchEndpoint(items: ItemsTable, kind: BatchKind): Trap {
  return {
    request: ({ method, path, body }) => {
      if (method !== 'POST' || path !== '/batch') return undefined;
      const entries = body as readonly BatchEntry[];
      if (kind === 'all' && entries.some(isBad)) return refused;
      return { status: 200, headers: {}, body: entries.map((entry) => (isBad(entry) ? null : make(items, entry))) };
    },
  };
}

const refused: NastyAnswer = { status: 422, headers: {}, body: { message: 'a record of the batch is wrong' } };

function isBad({ fields }: BatchEntry): boolean {
  return typeof fields.name === 'string' && fields.name.includes('!');
}

function make(items: ItemsTable, { id, fields }: BatchEntry): number {
  if (id === undefined) return items.insert([fields])[0] ?? 0;
  items.update(Number(id), fields);
  return Number(id);
}
