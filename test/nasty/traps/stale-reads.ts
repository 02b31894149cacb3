import type { ItemsTable, ServiceItem } from '../../support/rest-items.ts';
import { answer } from '../../support/rest-routes.ts';
import type { Trap } from '../trap.ts';

/** Reads are answered by a copy that stands still; writes go to the system. */
export function staleReads(items: ItemsTable): Trap {
  const rows = items.list({ limit: 1_000_000, offset: 0 });
  const copy: ItemsTable = {
    ...items,
    get: (id) => rows.find((row) => row.id === id && !row.deleted) ?? null,
    list: ({ since = '', after, limit, offset }) => {
      const stampOf = (row: ServiceItem) => row.updated_at ?? '';
      const behind = rows.filter((row) =>
        after === undefined
          ? stampOf(row) >= since
          : stampOf(row) > since || (stampOf(row) === since && row.id > after),
      );
      return behind.slice(offset, offset + limit);
    },
  };
  return { request: (request) => (request.method === 'GET' ? answer(copy, request) : undefined) };
}
