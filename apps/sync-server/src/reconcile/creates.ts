import type { JsonObject } from '@datastores/core/schema';
import type { OutboxRow } from '../store/outbox.ts';
import { sameValue } from './field-rules.ts';
import type { FrozenWrite } from './make-write.ts';

/** What a stream knows of its creates that may have been applied without an answer. */
export interface CreateMemory {
  /**
   * Rows that are asked for or repeated soon, by number. Until then no new record gets a document: it may be our own create,
   * and linked to a second document it would be there twice for ever.
   */
  readonly pending: Set<number>;
  /** Rows that wait for a person, which may take days. Only a record that looks like one of them is held. */
  readonly givenUp: Map<number, GivenUpCreate>;
}

/** A create that was given up although it may have been applied. */
export interface GivenUpCreate {
  readonly writeId: string;
  /** Id of the document. */
  readonly id: string;
  /** The fields that it told, as the document had them. */
  readonly sent: JsonObject;
}

/** A row as it is now, or as it is about to be. */
export type CreateRow = Pick<OutboxRow, 'seq' | 'writeId' | 'id' | 'state' | 'uncertain'> & {
  readonly frozen: FrozenWrite | null;
};

/** A stream of which no create is in doubt. */
export function createCreateMemory(): CreateMemory {
  return { pending: new Set(), givenUp: new Map() };
}

/** Notes what a row has become. */
export function noteCreate({ pending, givenUp }: CreateMemory, row: CreateRow): void {
  const { seq, writeId, id, state, uncertain, frozen } = row;
  pending.delete(seq);
  givenUp.delete(seq);
  if (frozen?.write.op !== 'create') return;
  if (state === 'unknown') pending.add(seq);
  else if (state === 'dead' && uncertain) givenUp.set(seq, { writeId, id, sent: frozen.sent });
}

/** Forgets a row that is settled for good. */
export function forgetCreate({ pending, givenUp }: CreateMemory, seq: number): void {
  pending.delete(seq);
  givenUp.delete(seq);
}

/** The create that was given up and that a record may be the outcome of: nothing that it told is different there. */
export function lookalike({ givenUp }: Pick<CreateMemory, 'givenUp'>, fields: JsonObject): GivenUpCreate | null {
  for (const create of givenUp.values()) {
    const told = Object.entries(create.sent).filter(([field]) => fields[field] !== undefined);
    if (told.length > 0 && told.every(([field, value]) => sameValue(fields[field], value))) return create;
  }
  return null;
}
