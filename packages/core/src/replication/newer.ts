import { parseVersion } from '../protocol/document-version.ts';

/** True if `pulled` is a later state than the one the replica has, as far as their versions can be compared. */
export function isNewer(pulled: string, known: string | undefined): boolean {
  const [there, here] = [parseVersion(pulled), known === undefined ? null : parseVersion(known)];
  if (there === null || here === null || there.epoch !== here.epoch) return pulled !== known;
  return there.seq > here.seq;
}
