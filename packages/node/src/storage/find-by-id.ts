import type { RxDocumentData } from 'rxdb';
import { textKey } from './sort-key.ts';
import type { Table } from './table.ts';

/** The documents of these ids that exist, in the order of the ids. Deleted ones only where asked for. */
export function findById<RxDocType>(
  { docs, statements }: Table,
  ids: readonly string[],
  withDeleted: boolean,
): RxDocumentData<RxDocType>[] {
  const [first] = ids;
  if (first === undefined) return [];
  const alive = withDeleted ? '' : 'AND deleted = 0';
  if (ids.length === 1) {
    const one = statements.pluck<string>(`SELECT data FROM ${docs} WHERE id = ? ${alive}`).get(textKey(first));
    return one === undefined ? [] : [JSON.parse(one)];
  }
  const sql = `SELECT data FROM json_each(?) CROSS JOIN ${docs} ON ${docs}.id = json_each.value ${alive}`;
  const found = statements.pluck<string>(sql).all(JSON.stringify(ids.map(textKey)));
  return found.map((data) => JSON.parse(data));
}
