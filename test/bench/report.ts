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

/** The closing line of a run that broke off. */
export function failureLine(workload: string, error: unknown): string {
  const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
  return JSON.stringify({ workload, ok: false, error: message });
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

/** Shares of the busy time below this are told in one line. */
const SMALLEST_SHARE = 0.005;

/** Where the time of a process went, by owner and by function, the greatest share first. */
export function profileTable({ process, ms, owners, functions }: Profile): string {
  const active = owners.filter(({ owner }) => owner !== 'idle');
  const busy = sumOf(active);
  const large = active.filter((share) => share.ms >= busy * SMALLEST_SHARE);
  const small = { owner: 'others', ms: busy - sumOf(large) };
  const rows = [...large, small].map(({ owner, ms: own }) => [
    owner,
    `${own.toFixed(0)} ms`,
    `${((own / busy) * 100).toFixed(1)} %`,
  ]);
  const head = `${process}: ${ms.toFixed(0)} ms, ${busy.toFixed(0)} ms of them busy`;
  const hottest = functions.map((one) => [`${one.ms.toFixed(0)} ms`, one.name]);
  return `${head}\n${table([['owner', 'self time', 'of busy time'], ...rows])}\n\n${table(hottest)}`;
}

function sumOf(owners: Profile['owners']): number {
  return owners.reduce((sum, { ms }) => sum + ms, 0);
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
