import { SystemError } from '../../connector.ts';
import { type Reading, readOnly } from '../../sql/scan.ts';
import { shapeError } from '../../sql/shape.ts';
import type { PostgresSession } from '../session.ts';
import type { PostgresShape } from '../shape.ts';
import { type CdcCursor, cursorLost } from './cursor.ts';
import { lsnNumber, lsnText } from './lsn.ts';
import { confirmSlot, makeSlot, publish, slotFailure } from './make-slot.ts';
import type { SlotNames } from './names.ts';
import { readState, type SlotState } from './state.ts';

/** A slot from which can be read, and where. */
export interface OpenSlot {
  readonly names: SlotNames;
  readonly state: SlotState;
  readonly cursor: CdcCursor;
}

/**
 * Goes on with the slot of a cursor and confirms what the cursor says was taken over; without a cursor makes publication
 * and slot. Throws SystemError `cursor-lost` where something happened that the slot will not tell.
 */
export async function openSlot(
  reading: Reading<PostgresShape>,
  { names, session }: { readonly names: SlotNames; readonly session: PostgresSession },
  cursor: CdcCursor | null,
): Promise<OpenSlot> {
  const shape = await reading.shape();
  const look = () => readOnly(reading, (query) => readState(query, names, shape));
  const state = await look();
  try {
    if (cursor === null) {
      const { slot } = state;
      await publish(reading, names, state);
      const { lsn, since } = await makeSlot(reading, names, slot !== null);
      const made = await look();
      if (made.unpublished.length > 0) throw shapeError(names.stream, unpublishable(made, names));
      const copy = { after: null, since };
      const first: CdcCursor = { mode: 'cdc', lsn: lsnText(lsn), of: made.fingerprint, copy };
      return { names, state: made, cursor: first };
    }
    const { confirmed } = requireUnbroken(names, state, cursor);
    if (confirmed < lsnNumber(cursor.lsn)) await confirmSlot(reading, session, { slot: names.slot, lsn: cursor.lsn });
    return { names, state, cursor };
  } catch (error) {
    throw error instanceof SystemError ? error : slotFailure(reading, error);
  }
}

/** Whether everything that happened since the cursor is in the slot. */
function requireUnbroken({ slot: name }: SlotNames, state: SlotState, cursor: CdcCursor) {
  const { slot, flushed, fingerprint, unpublished } = state;
  if (slot === null) throw cursorLost(`The replication slot ${name} is gone.`);
  if (slot.lost) throw cursorLost(`The replication slot ${name} was invalidated: the log it needs has been removed.`);
  if (fingerprint !== cursor.of || unpublished.length > 0) {
    throw cursorLost(`A table, a partition or the publication of the replication slot ${name} was replaced.`);
  }
  const at = lsnNumber(cursor.lsn);
  if (slot.confirmed > at) {
    const told = `${lsnText(slot.confirmed)}, beyond ${cursor.lsn}`;
    throw cursorLost(
      `The replication slot ${name} was confirmed up to ${told}: another server reads it too, or the store was restored.`,
    );
  }
  if (at > flushed)
    throw cursorLost(`The log of the database ends before ${cursor.lsn}: it is not the one read before.`);
  return slot;
}

function unpublishable({ unpublished }: SlotState, { publication }: SlotNames): string {
  const names = unpublished.map(({ name }) => name).join(', ');
  return `${names} cannot be published by ${publication}; mode cdc needs logged tables that this user can see.`;
}
