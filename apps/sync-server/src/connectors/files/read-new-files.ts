import { randomUUID } from 'node:crypto';
import { applyFile } from './apply-file.ts';
import type { Step } from './exchange.ts';
import { FileRefused } from './file-refused.ts';
import { journalName } from './journal.ts';
import type { ReadyFile } from './ready-files.ts';
import { createReport, type Report, writeReport } from './report.ts';
import { type Spooled, spool } from './spool.ts';

/** A file and the folder that it lies in. */
export type FileToRead = ReadyFile & { readonly folder: string };

/**
 * Reads files in order. What a file says and its move to `done` happen together: where the move fails nothing of it is
 * known, and where this process dies behind the move the file is read from `done`. A file that is not what it should be
 * goes to `failed`; HeldBack stops the reading.
 */
export async function readNewFiles(step: Step, files: readonly FileToRead[]): Promise<void> {
  for (const file of files) await readFile(step, file);
}

async function readFile(step: Step, file: FileToRead): Promise<void> {
  const { folder } = step.exchange;
  const path = `${file.folder}/${file.name}`;
  if ((await folder.entry(path))?.kind !== 'file') return;
  await using copy = await spool(folder, path, step.stateFolder);
  const now = await folder.entry(path);
  if (now?.size !== copy.size || now.mtimeMs !== file.mtimeMs || now.size !== file.size) {
    step.context.log('file-awaited', { name: file.name, reason: 'It is still being written.' });
    return;
  }
  if (isRepeat(step, file, copy)) await setAside(step, file);
  else await takeIn(step, file, copy);
  for (const side of [file.marker, file.accept]) if (side !== null) await folder.remove(`${file.folder}/${side}`);
}

/** Of several files of one name the last one counts: names may come again with other content. */
function isRepeat({ inside, exchange }: Step, file: FileToRead, { hash }: Spooled): boolean {
  return (exchange.stream.inbox?.repeats ?? 'skip') === 'skip' && inside.lastHash(file.name) === hash;
}

async function setAside({ exchange, context }: Step, file: FileToRead): Promise<void> {
  const target = `${exchange.layout.done}/repeat-${timeOf(context.now())}~${file.name}`;
  await exchange.folder.move(`${file.folder}/${file.name}`, target);
  context.log('file-repeated', { name: file.name, movedTo: target });
}

async function takeIn(step: Step, file: FileToRead, copy: Spooled): Promise<void> {
  const { exchange, context, writer, lock } = step;
  const { folder, layout, options, stream } = exchange;
  const entry = step.last + 1;
  const report = createReport(file.kind);
  const from = `${file.folder}/${file.name}`;
  try {
    await writer.commit(async () => {
      const toApply = { path: copy.path, name: file.name, kind: file.kind, entry, brake: file.accept === null };
      await applyFile({ options, stream, writer, context }, toApply, report);
      await lock.require();
      const outcome = await folder.move(from, `${layout.done}/${journalName(entry, file.kind, file.name)}`);
      if (outcome === 'gone') throw new FileGone();
      writer.finish(entry, { name: file.name, hash: copy.hash, kind: file.kind });
    });
  } catch (error) {
    if (error instanceof FileGone) return;
    if (!(error instanceof FileRefused)) throw error;
    await refuse(step, file, { report, reason: error.message });
    return;
  }
  step.last = entry;
  await writeHead(step);
  await tellReport(step, { entry, name: file.name, report });
}

/** Somebody took the file away while it was read. */
class FileGone extends Error {}

async function refuse(
  step: Step,
  file: FileToRead,
  { report, reason }: { report: Report; reason: string },
): Promise<void> {
  const { exchange, context, lock } = step;
  const { folder, layout } = exchange;
  const target = `${layout.failed}/${timeOf(context.now())}~${file.name}`;
  await lock.require();
  await writeReport(folder, `${target}.report.jsonl`, { file: file.name, report, refused: reason });
  await folder.move(`${file.folder}/${file.name}`, target);
  context.log('file-refused', { name: file.name, reason, movedTo: target });
}

/** Logs what became of a file, and writes its faulty lines where a person looks for them. */
export async function tellReport(
  { exchange, context }: Step,
  { entry, name, report }: { entry: number; name: string; report: Report },
): Promise<void> {
  const { kind, rows, faulty, blind } = report;
  context.log('file-read', {
    name,
    kind,
    rows,
    faulty,
    ...(blind && { deletions: 'none, as a faulty line has no key' }),
  });
  if (faulty === 0) return;
  const path = `${exchange.layout.failed}/${String(entry).padStart(10, '0')}~${name}.report.jsonl`;
  await writeReport(exchange.folder, path, { file: name, report });
}

/** Tells other servers that there is more to read. */
export async function writeHead({ exchange, last }: Step): Promise<void> {
  const { folder, layout } = exchange;
  const fresh = `${layout.head}-${randomUUID()}`;
  await folder.create(fresh, String(last));
  await folder.move(fresh, layout.head);
}

function timeOf(now: number): string {
  return `${new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '')}-${randomUUID().slice(0, 8)}`;
}
