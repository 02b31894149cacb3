import { createHash } from 'node:crypto';
import type { ParsedOptions } from '../options.ts';

/** What a stream of mode `cdc` has of its own in the database. */
export interface SlotNames {
  readonly stream: string;
  readonly slot: string;
  readonly publication: string;
}

/** The names for a stream: as declared, else made of the name of the reader and that of the stream. */
export function slotNames(options: ParsedOptions, stream: string): SlotNames {
  const of = options.streams[stream];
  const slot = of?.slot ?? slotName(`${options.replication.name}_${stream}`);
  return { stream, slot, publication: of?.publication ?? slot };
}

/** Slots may have only these characters, and PostgreSQL cuts longer names; what was changed gets a hash, to stay unique. */
function slotName(wanted: string): string {
  const clean = wanted.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  if (clean === wanted && wanted.length <= MAX_NAME) return wanted;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return `${clean.slice(0, MAX_NAME - hash.length - 1)}_${hash}`;
}

const MAX_NAME = 63;
