import type { DatastoreError } from '../errors.ts';

/** One thing in which a replica differed from the server. */
export interface CheckFinding {
  /**
   * `changed`: the content, version or scope of a document was another one, or could not be read · `missing`: the server
   * has it, the replica had not · `extra`: the replica had it, the server has not · `base`: what unpushed edits of the
   * document are based on · `position`: how far the replica thought it had pulled.
   */
  readonly kind: 'changed' | 'missing' | 'extra' | 'base' | 'position';
  /** Id of the document; of a position, the scope. */
  readonly id: string;
  /** False where it was only looked at, must not be touched, or is set aside because it does not fit the schema. */
  readonly repaired: boolean;
}

/** What came of comparing one datastore with the server. */
export interface CheckReport {
  readonly datastore: string;
  /** Milliseconds since 1970, by the clock of the device. */
  readonly at: number;
  /**
   * `equal`: nothing was found · `repaired`: all that was found is repaired · `different`: some of it is not ·
   * `not-checked`: it could not be compared, see `error`.
   */
  readonly outcome: 'equal' | 'repaired' | 'different' | 'not-checked';
  /** Documents of the replica that were compared. */
  readonly compared: number;
  /** How many differences were found, and how many of them are repaired. */
  readonly found: number;
  readonly repaired: number;
  /** The first 1,000 of them. */
  readonly findings: readonly CheckFinding[];
  readonly error: DatastoreError | null;
}

/** Findings that a report keeps. */
const KEPT = 1_000;

/** The report of a comparison. Pure. */
export function checkReport(
  { datastore, at }: Pick<CheckReport, 'datastore' | 'at'>,
  result:
    | { readonly compared: number; readonly findings: readonly CheckFinding[] }
    | { readonly error: DatastoreError },
): CheckReport {
  if ('error' in result) {
    const { error } = result;
    return { datastore, at, outcome: 'not-checked', compared: 0, found: 0, repaired: 0, findings: [], error };
  }
  const { compared, findings } = result;
  const found = findings.length;
  const repaired = findings.filter((finding) => finding.repaired).length;
  const outcome = found === 0 ? 'equal' : repaired === found ? 'repaired' : 'different';
  return { datastore, at, outcome, compared, found, repaired, findings: findings.slice(0, KEPT), error: null };
}
