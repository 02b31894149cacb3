/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; only where it is not well. */
  readonly remedy?: string;
}

/** A finding for people: what was looked at, how it is, and below it what to do. */
export function describe({ check, ok, detail, remedy }: Finding): string {
  return `${ok ? 'ok  ' : 'FAIL'}  ${check.padEnd(12)} ${detail}\n${remedy === undefined ? '' : `      ${' '.repeat(12)} ${remedy}\n`}`;
}
