import type { Link } from '../store/link.ts';
import type { Binding } from './binding.ts';

/**
 * The digest of a record as its link keeps it: behind the mapping that made the base of it. Under another mapping the same
 * record would make another base, so its digest says nothing then. Null where the system gave none.
 */
export function keptDigest({ mapping }: Pick<Binding, 'mapping'>, digest: string | undefined): string | null {
  return digest === undefined ? null : `${mapping}:${digest}`;
}

/** The digest of the record that the base of a link was made of, as the system gave it; null: it is not known. */
export function digestOf({ mapping }: Pick<Binding, 'mapping'>, { digest }: Pick<Link, 'digest'>): string | null {
  const prefix = `${mapping}:`;
  return digest?.startsWith(prefix) ? digest.slice(prefix.length) : null;
}

/** The sum of digests, as a system sums up those of a range. */
export function sumOfDigests(digests: Iterable<string>): string {
  let sum = 0n;
  for (const digest of digests) sum = BigInt.asUintN(64, sum + BigInt(`0x${digest}`));
  return sum.toString(16).padStart(16, '0');
}
