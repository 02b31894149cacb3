import { type Checkpoint, checkpointSchema, MAX_PAGE_BYTES, parsePulledRows } from '@datastores/core/protocol';
import type { JsonValue } from '@datastores/core/schema';
import { type Page, SystemError } from '../connector.ts';
import { asked, type Line } from './line.ts';
import { changeOf } from './record.ts';

/**
 * What came after a checkpoint, which is the cursor. Throws cursor-lost where the other server cannot go on from it: it was
 * restored, has forgotten deletions, or this server has lost a scope.
 */
export async function* readChanges(line: Line, cursor: JsonValue): AsyncGenerator<Page> {
  const { transport, options, header, context } = line;
  let checkpoint = checkpointOf(cursor);
  for (;;) {
    const limits = { maxRows: options.pageSize, maxBytes: MAX_PAGE_BYTES };
    const answer = await asked(transport.pull({ ...header, checkpoint, ...limits }, context.signal));
    if (answer.kind === 'reset') {
      const why = answer.scopes.map(({ scope, reason }) => `${scope} (${reason})`).join(', ');
      throw new SystemError('cursor-lost', `The other server cannot go on in ${why}.`);
    }
    if (answer.dropped.length > 0) {
      throw new SystemError('cursor-lost', `The token no longer names the scopes ${answer.dropped.join(', ')}.`);
    }
    checkpoint = answer.checkpoint;
    yield {
      changes: parsePulledRows(answer.documents).map((row) => changeOf(line.datastore, row)),
      cursor: checkpoint as unknown as JsonValue,
    };
    if (!answer.hasMore) return;
  }
}

function checkpointOf(cursor: JsonValue): Checkpoint | null {
  if (cursor === null) return null;
  const read = checkpointSchema.safeParse(cursor);
  if (read.success) return read.data;
  throw new SystemError('cursor-lost', 'The cursor is no checkpoint.');
}
