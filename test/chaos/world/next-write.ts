import type { Random } from '../../bench/documents/random.ts';
import type { Write } from '../write.ts';

/** Documents that every replica edits and nobody deletes. */
export const SHARED = Array.from({ length: 12 }, (_, at) => `shared-${at}`);
/** Documents that every replica creates, edits and deletes. */
const MORTAL = Array.from({ length: 8 }, (_, at) => `mortal-${at}`);

/** Draws what a replica writes next; `number` makes its name unique. */
export function nextWrite(random: Random, writer: number, number: number): Write {
  const name = `${writer}-${number}`;
  const roll = random.fraction();
  const pad = random.fraction() < 0.05 ? random.integer(500, 20_000) : 0;
  const common = { name, writer, amount: random.integer(1, 9), pad };
  if (roll < 0.15) return { ...common, kind: 'insert', id: `own-${name}` };
  if (roll < 0.6) return { ...common, kind: 'edit', id: random.pick(SHARED) };
  const id = random.pick(MORTAL);
  if (roll < 0.75) return { ...common, kind: 'create', id };
  return { ...common, kind: roll < 0.88 ? 'edit' : 'remove', id };
}
