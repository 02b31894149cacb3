import { createHash } from 'node:crypto';
import type { Link } from '../store/link.ts';
import type { Binding } from './binding.ts';

type Mapping = Pick<Binding, 'mapping' | 'fields'>;

/**
 * The digest of a record as its link keeps it: behind what made the base of it. Under another mapping the same record
 * would make another base, so its digest says nothing then. Null where the system gave none.
 */
export function keptDigest(mapping: Mapping, digest: string | undefined): string | null {
  return digest === undefined ? null : `${prefixOf(mapping)}${digest}`;
}

/** The digest of the record that the base of a link was made of, as the system gave it; null: it is not known. */
export function digestOf(mapping: Mapping, { digest }: { readonly digest: Link['digest'] }): string | null {
  const prefix = prefixOf(mapping);
  return digest?.startsWith(prefix) ? digest.slice(prefix.length) : null;
}

/** Adds a digest to a sum of digests, as a system sums up those of a range. */
export function addToSum(sum: bigint, digest: string): bigint {
  return BigInt.asUintN(64, sum + BigInt(`0x${digest}`));
}

/** Asked for every record. */
const PREFIXES = new WeakMap<Mapping, string>();

/** A field that is bound later is not in the bases made before, whoever forgot to raise the mapping. */
function prefixOf(mapping: Mapping): string {
  const known = PREFIXES.get(mapping);
  if (known !== undefined) return known;
  const names = JSON.stringify([mapping.mapping, Object.keys(mapping.fields).sort()]);
  const prefix = `${createHash('sha256').update(names).digest('hex').slice(0, 8)}:`;
  PREFIXES.set(mapping, prefix);
  return prefix;
}
