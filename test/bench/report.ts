import type { Verdict } from './verdict.ts';
import type { Figures, Profile } from './workload.ts';

/** A number as short as it is told apart: four significant digits, no digit of an integer cut. */
export function shortNumber(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}

/** The closing line of a run: whether every target was met, then the figures by name. */
export function jsonLine(workload: string, figures: Figures, verdicts: readonly Verdict[]): string {
  const short = Object.entries(figures).map(([name, value]) => [name, shortNumber(value)]);
  return JSON.stringify({ workload, ok: isOk(verdicts), ...Object.fromEntries(short) });
}

/** True if there are targets and all of them were met. */
export function isOk(verdicts: readonly Verdict[]): boolean {
  return verdicts.length > 0 && verdicts.every(({ met }) => met);
}

/** Every target with what was measured, one line each. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ target, measured, bound, met }) => [
    met ? 'met' : 'MISSED',
    target.figure,
    measured === null ? 'not measured' : String(shortNumber(measured)),
    `${target.is} ${boundText(target.bound, bound)}`,
    target.meaning,
  ]);
  return table([['', 'figure', 'measured', 'target', ''], ...rows]);
}

/** All figures, one line each. */
export function figureTable(figures: Figures): string {
  return table(Object.entries(figures).map(([name, value]) => [name, String(shortNumber(value))]));
}

/** Where the time of a process went, the greatest share first. */
export function profileTable({ process, ms, owners }: Profile): string {
  const busy = owners.reduce((sum, { owner, ms: own }) => (owner === 'idle' ? sum : sum + own), 0);
  const rows = owners.map(({ owner, ms: own }) => [
    owner,
    `${own.toFixed(0)} ms`,
    owner === 'idle' ? '' : `${((own / busy) * 100).toFixed(1)} %`,
  ]);
  return `${process}: ${ms.toFixed(0)} ms\n${table([['owner', 'self time', 'of busy time'], ...rows])}`;
}

function boundText(bound: Verdict['target']['bound'], number: number | null): string {
  if (typeof bound === 'number') return String(bound);
  const value = number === null ? 'not measured' : String(shortNumber(number));
  return `${value} (${bound.times} × ${bound.figure})`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
