import { randomUUID } from 'node:crypto';
import type { Folder } from './folder.ts';

/** What became of one file. */
export interface Report {
  readonly kind: string;
  /** Records read, with those that were faulty. */
  rows: number;
  faulty: number;
  /** True for a full export from which no deletion could be drawn, as the key of a faulty line is unknown. */
  blind: boolean;
  /** The first of the faults. */
  readonly faults: { readonly line: number; readonly reason: string; readonly text: string }[];
}

/** A report without any faults yet. */
export function createReport(kind: string): Report {
  return { kind, rows: 0, faulty: 0, blind: false, faults: [] };
}

/** Notes a faulty line; beyond the first thousand they are only counted. */
export function noteFault(report: Report, fault: Report['faults'][number]): void {
  report.faulty += 1;
  if (report.faults.length < MOST_FAULTS) report.faults.push({ ...fault, text: fault.text.slice(0, MOST_TEXT) });
}

/** Writes a report beside what failed: a line about the file, then one for each fault. Does nothing if it is there. */
export async function writeReport(
  folder: Folder,
  path: string,
  { file, report, refused }: { file: string; report: Report; refused?: string },
): Promise<void> {
  const { faults, ...summary } = report;
  const lines = [{ file, ...summary, ...(refused !== undefined && { refused }) }, ...faults];
  const content = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
  const slash = path.lastIndexOf('/');
  const temporary = `${path.slice(0, slash)}/.report-${randomUUID()}`;
  if ((await folder.entry(path)) !== null) return;
  await folder.create(temporary, content);
  await folder.move(temporary, path);
}

const MOST_FAULTS = 1_000;
const MOST_TEXT = 500;
