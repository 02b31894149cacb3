import { MAX_DIGEST_DOCUMENTS, parsePulledRows } from '@datastores/core/protocol';
import { MAX_ID_LENGTH } from '@datastores/core/schema';
import { type Item, SystemError } from '../connector.ts';
import { asked, type Line } from './line.ts';
import { itemOf } from './record.ts';

/** The documents of these ids as they are now. Each is answered, or named as absent. */
export async function getRecords(line: Line, keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const items = new Map<string, Item>();
  // What cannot be an id names no document.
  const open = [...new Set(keys)].filter((key) => key !== '' && key.length <= MAX_ID_LENGTH);
  while (open.length > 0) {
    const doubted = open.slice(0, MAX_DIGEST_DOCUMENTS);
    const request = { ...line.header, checkpoint: null, split: [], list: [], wanted: '', doubted };
    const answer = await asked(line.transport.digest(request, line.context.signal));
    if (answer.kind !== 'digests') throw new SystemError('down', 'The other server changes too fast to be read.');
    const told = new Set<string>(answer.absent);
    for (const row of parsePulledRows(answer.documents)) {
      told.add('del' in row ? row.del : row.doc.id);
      if ('doc' in row) items.set(row.doc.id, itemOf(line.datastore, row));
    }
    const left = doubted.filter((id) => !told.has(id));
    if (left.length === doubted.length) throw new SystemError('shape', 'The other server answers no document.');
    open.splice(0, doubted.length, ...left);
  }
  return items;
}
