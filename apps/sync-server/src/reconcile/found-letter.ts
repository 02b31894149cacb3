import { DatastoreError } from '@datastores/core';
import type { OutboxRow } from '../store/outbox.ts';
import { type Letter, letterOf, letterRow } from './letters.ts';
import { frozenOf } from './make-write.ts';
import { readKeys } from './recheck.ts';
import { recheckSetAside } from './set-aside.ts';
import { settleRows } from './settle-rows.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** A dead letter, and the record in which somebody has found it applied. */
export interface FoundRequest {
  readonly writeId: string;
  /** Key of the record over there. */
  readonly key: string;
}

/**
 * Settles a letter that may have been applied as applied, because somebody has looked over there. The record is read: the
 * document is linked to it and takes over what the system has made of the write. Throws LETTER_UNKNOWN, LETTER_CERTAIN if
 * it was not applied for certain, RECORD_UNFIT, or the SystemError of the reading; the letter stays as it is then.
 */
export async function foundLetter(
  reach: SystemReach,
  stream: EngineStream,
  { writeId, key }: FoundRequest,
): Promise<Letter> {
  const row = await letterRow(reach.store, writeId);
  const letter = letterOf(row);
  const frozen = frozenOf(row);
  if (frozen === null || !row.uncertain) {
    throw new DatastoreError('LETTER_CERTAIN', `The write "${writeId}" was not applied: ${letter.reason}`);
  }
  await assertOwn(reach, stream, { row, key });
  const [read] = (await readKeys(reach, stream, [key])).items;
  if (read?.is !== 'item') throw unfit(reach, `${reach.system} has no record "${key}" that can be used.`);
  const outcome = { is: 'applied', key, item: read.item } as const;
  const failure = await settleRows(reach, stream, [{ row, frozen, outcome, wasFound: true }]);
  if (failure !== null) throw failure;
  await recheckSetAside(reach, stream, row.scope);
  return letter;
}

interface Claim {
  readonly row: OutboxRow;
  readonly key: string;
}

/** The record is that of the letter's document, or of none yet. */
async function assertOwn(reach: SystemReach, stream: EngineStream, { row, key }: Claim): Promise<void> {
  const at = { system: reach.system, stream: stream.name };
  const [ofRecord] = await reach.store.links({ ...at, keys: [key] });
  if (ofRecord !== undefined && ofRecord.gone === null && ofRecord.id !== row.id) {
    throw unfit(reach, `The record "${key}" belongs to the document "${ofRecord.id}".`);
  }
  const [ofDocument] = await reach.store.links({ ...at, documents: [row], scope: row.scope });
  const own = ofDocument?.gone === null ? ofDocument.key : null;
  if (own !== null && own !== key) throw unfit(reach, `The document "${row.id}" belongs to the record "${own}".`);
}

function unfit({ system }: SystemReach, problem: string): DatastoreError {
  return new DatastoreError('RECORD_UNFIT', problem, { details: { system } });
}
