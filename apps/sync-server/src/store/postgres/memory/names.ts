import type { Lane } from '../../work/lane-table.ts';
import type { ScopedKey } from '../../work/receipt-table.ts';
import type { RecordKey } from '../../write.ts';

/** One text for a document of a scope. */
export function documentName({ scope, datastore, id }: ScopedKey): string {
  return `${scope.length},${datastore.length},${scope}${datastore}${id}`;
}

/** One text for a document towards one stream. */
export function laneName({ system, stream, scope, datastore, id }: Lane): string {
  return `${system.length},${stream.length},${scope.length},${datastore.length},${system}${stream}${scope}${datastore}${id}`;
}

/** One text for a record of a stream. */
export function recordName({ system, stream, key }: RecordKey): string {
  return `${system.length},${stream.length},${system}${stream}${key}`;
}
