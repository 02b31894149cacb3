import { type Context, SystemError } from '../connector.ts';
import { FileRefused } from './file-refused.ts';
import type { IndexWriter } from './index-writer.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';
import type { RawRow } from './raw-row.ts';
import { readRows } from './read-rows.ts';
import { requiredColumns, tellRow } from './record.ts';
import { noteFault, type Report } from './report.ts';
import { withoutTrailer } from './trailer.ts';
import { valueText } from './value-text.ts';

/** A full export that would delete more than may happen without asking. It waits, and so do the files behind it. */
export class HeldBack extends SystemError {}

/** A file and how it is to be taken. */
export interface FileToApply {
  /** The copy on this machine. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'full' | 'delta' | 'ack';
  /** Its number among all that was read and handed over. */
  readonly entry: number;
  /** False for a file that was judged before, or that a person has accepted. */
  readonly brake: boolean;
}

/** What a file is applied with. */
export interface Applying {
  readonly options: ParsedOptions;
  readonly stream: StreamOptions;
  readonly writer: IndexWriter;
  readonly context: Context;
}

/**
 * Tells the index what a file says, within the transaction of the caller. Faulty lines go to the report. Throws
 * FileRefused for a file that is not whole, and HeldBack for one that would delete too much.
 */
export async function applyFile(applying: Applying, file: FileToApply, report: Report): Promise<void> {
  if (file.kind === 'ack') return applyAcks(applying, file, report);
  const { stream, options, writer } = applying;
  const { entry, kind } = file;
  const complete = stream.inbox?.complete;
  const whole = kind === 'full';
  const required = requiredColumns(stream, kind);
  const limits = { required, maxRecord: options.maxRecord, maxBytes: options.maxBytes };
  let last: RawRow | null = null;
  let lastFaulty = false;
  for await (const row of withoutTrailer(readRows(file.path, stream.format, limits), complete?.trailer)) {
    last = row;
    report.rows += 1;
    const told = tellRow(stream, kind, row);
    const before = whole && told.key !== undefined ? writer.see(told.key, row.line) : null;
    lastFaulty = told.is === 'fault';
    if (told.is === 'fault') {
      report.blind ||= told.key === undefined;
      noteFault(report, { line: row.line, reason: told.reason, text: row.text });
    } else if (before !== null) {
      noteFault(report, { line: row.line, reason: `names ${told.key} again, after line ${before}`, text: row.text });
    } else if (told.is === 'put') writer.put(told.key, told.data, { entry, whole });
    else writer.remove(told.key, entry);
  }
  if (complete?.finalNewline && last && !last.ended) throw new FileRefused('is truncated: its last line has no end');
  if (!whole) return;
  if (lastFaulty) throw new FileRefused(`is truncated: its last record, on line ${last?.line}, is faulty`);
  const least = complete?.minRows ?? 1;
  const good = report.rows - report.faulty;
  if (good < least)
    throw new FileRefused(`has ${good} good records, and a full export has at least ${least} (minRows)`);
  if (report.blind) return;
  if (file.brake) requireFewDeletions(applying, file.name);
  await writer.removeUnseen(entry);
}

function requireFewDeletions({ stream, writer }: Applying, name: string): void {
  const { share = 1, atLeast = 0 } = stream.inbox?.maxDeletes ?? {};
  const { absent, living } = writer.unseen();
  if (absent <= Math.max(atLeast, share * living)) return;
  throw new HeldBack(
    'shape',
    `${name} lacks ${absent} of ${living} records, more than maxDeletes allows. Nothing of it was applied. If that is right, put an empty file ${name}.accept beside it; else take it away.`,
  );
}

async function applyAcks({ stream, options, writer }: Applying, file: FileToApply, report: Report): Promise<void> {
  const { ack } = stream;
  if (!ack) return;
  const { writeId, status, reason } = ack;
  const limits = { required: [writeId, status.field], maxRecord: options.maxRecord, maxBytes: options.maxBytes };
  for await (const row of readRows(file.path, stream.format, limits)) {
    report.rows += 1;
    const fault = (text: string) => noteFault(report, { line: row.line, reason: text, text: row.text });
    const { values } = row;
    if (!values || row.fault !== undefined) {
      fault(row.fault ?? 'cannot be read');
      continue;
    }
    const said = valueText(values[status.field] ?? '');
    const verdict = status.accepted.includes(said) ? 'accepted' : status.rejected.includes(said) ? 'rejected' : null;
    const id = valueText(values[writeId] ?? '');
    if (verdict === null) fault(`has the unknown status "${said}"`);
    else if (!writer.acknowledge(id, verdict, file.entry)) fault(`acknowledges ${id}, which is not waited for`);
    else if (verdict === 'rejected')
      fault(`the write ${id} was rejected: ${valueText(values[reason] ?? 'no reason given')}`);
  }
}
