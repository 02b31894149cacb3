import type { JsonValue } from '@datastores/core/schema';
import type { Outcome, Write } from '../connector.ts';
import { unfit } from './cell-value.ts';
import type { Exchange } from './exchange.ts';
import type { IndexReader } from './index-reader.ts';
import type { StreamOptions } from './options.ts';
import { unwritable } from './write-rows.ts';

/**
 * Decides whether a write can be handed over, and for which key. What the files cannot hold is rejected here, because
 * nobody could say so later. A stream without an inbox knows only what it wrote itself, so that nothing is missing there.
 */
export function judgeWrite(
  { stream }: Pick<Exchange, 'stream'>,
  reader: IndexReader,
  write: Write,
): { readonly key: string } | Outcome {
  const refused = refuseFields(stream, write);
  if (refused) return refused;
  if (write.op === 'create') {
    const key = keyOfCreate(stream, write);
    if (key === null)
      return { is: 'rejected', reason: `The key in ${stream.key} must be text or a number.`, field: stream.key };
    if (reader.record(key) === null) return { key };
    return { is: 'rejected', reason: `There is a record ${key} already.`, field: stream.key };
  }
  if (stream.inbox && reader.record(write.key) === null) return { is: 'missing' };
  return { key: write.key };
}

function refuseFields(stream: StreamOptions, write: Write): Outcome | null {
  if (write.op === 'delete') return null;
  if (write.op === 'add' && !stream.outbox?.adds) {
    return { is: 'rejected', reason: 'The other side adds no amounts; see outbox.adds.' };
  }
  const said = write.op === 'create' ? write.data : { ...write.patch, ...(write.op === 'add' ? write.amounts : {}) };
  if (write.op !== 'create' && Object.hasOwn(said, stream.key) && String(said[stream.key]) !== write.key) {
    return { is: 'rejected', reason: `The key in ${stream.key} cannot change.`, field: stream.key };
  }
  for (const [field, value] of Object.entries(said)) {
    const reason = faultOf(stream, field, value);
    if (reason !== null) return { is: 'rejected', reason: `${field}: ${reason}.`, field };
  }
  const fault = unwritable(write.op === 'create' ? write.ref : write.key, stream.format);
  return fault === null ? null : { is: 'rejected', reason: `The key ${fault}.`, field: stream.key };
}

function faultOf(stream: StreamOptions, field: string, value: JsonValue): string | null {
  const declared = stream.fields?.[field];
  if (stream.fields && !declared) return 'is not among the declared fields';
  const fault = unfit(value, declared ?? { optional: false }, stream.format);
  return fault ?? unwritable(value, stream.format);
}

/** The record brings its key, or our reference becomes it. */
function keyOfCreate({ key, fields }: StreamOptions, write: Extract<Write, { op: 'create' }>): string | null {
  const given = write.data[key];
  if (typeof given === 'number') return String(given);
  if (typeof given === 'string' && given !== '') return given;
  if (given !== undefined && given !== null) return null;
  const type = fields?.[key]?.type ?? 'text';
  return type === 'text' || type === 'json' ? write.ref : null;
}
