import { createHash } from 'node:crypto';
import { type Context, type Outcome, SystemError, type Write } from '../connector.ts';
import type { Exchange, Step } from './exchange.ts';
import type { IndexReader } from './index-reader.ts';
import { journalName } from './journal.ts';
import { judgeWrite } from './judge-write.ts';
import type { OutboxOptions } from './options.ts';
import { applyWrite } from './overlay.ts';
import { writeHead } from './read-new-files.ts';
import { toItem } from './read-records.ts';
import { finishHandover, formatSentEntry, temporaryName } from './sent-entry.ts';
import { endingOf, type OutRow, writeRows } from './write-rows.ts';

/**
 * Hands writes over in one file. Writes that were handed over before, by whatever server, are answered and left out. The
 * entry in `sent` decides: before it is there nothing has happened, and once it is the file will be, even if this process
 * dies in between.
 */
export function pushWrites(
  exchange: Exchange,
  writes: readonly Write[],
  context: Context,
): Promise<readonly Outcome[]> {
  const { outbox } = exchange.stream;
  if (!outbox) throw new SystemError('shape', `${exchange.name} has no outbox.`);
  return exchange.exclusively(context, (step) => hand(step, writes, outbox));
}

interface Fresh {
  readonly at: number;
  readonly write: Write;
  readonly key: string;
  readonly row: OutRow;
}

async function hand(step: Step, writes: readonly Write[], outbox: OutboxOptions): Promise<readonly Outcome[]> {
  const { writer, inside, context } = step;
  const outcomes: Outcome[] = [];
  const fresh: Fresh[] = [];
  const progress = { decided: false };
  const entry = step.last + 1;
  const handed = { entry, at: context.now() };
  try {
    await writer.commit(async () => {
      for (const given of writes) {
        const write = withKey(given, step.exchange.stream.key);
        const known = inside.sentKey(write.id);
        const judged = known === null ? judgeWrite(step.exchange, inside, write) : null;
        if (judged === null) outcomes.push(applied(inside, known ?? ''));
        else if ('is' in judged) outcomes.push(judged);
        else {
          const before = inside.record(judged.key);
          writer.hand(write, judged.key, handed);
          const row = rowOf(write, judged.key, { whole: outbox.rows === 'whole', after: applyWrite(before, write) });
          fresh.push({ at: outcomes.length, write, key: judged.key, row });
          outcomes.push(applied(inside, judged.key));
        }
      }
      if (fresh.length > 0) await handOver(step, fresh, progress);
      if (fresh.length > 0) writer.finish(entry, null);
    });
  } catch (error) {
    if (!progress.decided || !(error instanceof SystemError)) throw error;
    const reason = `The file was about to be handed over: ${error.message}`;
    for (const { at } of fresh) outcomes[at] = { is: 'unknown', reason };
    return outcomes;
  }
  if (fresh.length > 0) {
    step.last = entry;
    // Other servers find out without it too, only later.
    await writeHead(step).catch(() => {});
  }
  return outcomes;
}

async function handOver(step: Step, fresh: readonly Fresh[], progress: { decided: boolean }): Promise<void> {
  const { exchange, lock, context } = step;
  const { folder, layout, stream, name } = exchange;
  const number = step.last + 1;
  const hash = createHash('sha256')
    .update(fresh.map(({ write }) => write.id).join('\n'))
    .digest('hex')
    .slice(0, 16);
  const prefix = stream.outbox?.prefix ?? name;
  const file = `${prefix}-${String(number).padStart(10, '0')}-${hash}.${endingOf(stream.format)}`;
  const content = writeRows(
    stream,
    fresh.map(({ row }) => row),
  );
  const entryName = journalName(number, 'sent', `${hash}.jsonl`);
  const [path, temporary] = [`${layout.sent}/${entryName}`, `${layout.sent}/.${entryName}.tmp`];
  const outgoing = `${layout.outbox}/${temporaryName(file)}`;
  for (const old of [temporary, outgoing]) await folder.remove(old);
  await folder.create(outgoing, content);
  await folder.create(
    temporary,
    formatSentEntry({ file, at: context.now(), writes: fresh.map(({ write, key }) => ({ write, key })) }),
  );
  await lock.require();
  progress.decided = true;
  await folder.move(temporary, path);
  await finishHandover(exchange, { number, kind: 'sent', name: entryName, path, mtimeMs: 0 });
}

/** A record over there names its key, so ours does from the start. */
function withKey(write: Write, field: string): Write {
  return write.op === 'create' ? { ...write, data: { ...write.data, [field]: write.data[field] ?? write.ref } } : write;
}

function rowOf(
  write: Write,
  key: string,
  { whole, after }: { readonly whole: boolean; readonly after: ReturnType<typeof applyWrite> },
): OutRow {
  const row = { operation: write.op, writeId: write.id, key };
  if (write.op === 'delete') return { ...row, data: {} };
  if (write.op === 'create') return { ...row, data: write.data };
  if (write.op === 'add') return { ...row, data: { ...write.patch, ...write.amounts } };
  return { ...row, data: whole && after !== null ? after : write.patch };
}

function applied(inside: IndexReader, key: string): Outcome {
  const data = inside.record(key);
  return { is: 'applied', key, ...(data && { item: toItem(key, data) }) };
}
