import type { JsonObject } from '@datastores/core/schema';
import type { Outcome, Write } from '../connector.ts';
import type { Part } from './compose.ts';
import type { PreparedWrite } from './prepare-writes.ts';
import type { Service } from './service.ts';
import { fill, placeholdersIn } from './template.ts';

/** A write with its mutation. */
export interface WritePlan {
  readonly write: Write;
  readonly prepared: PreparedWrite;
  readonly part: Part;
}

/** Puts a write into the variables of its mutation; rejected where the stream declares no way to make it. */
export function planWrite(
  { stream, context }: Service,
  write: Write,
): WritePlan | Extract<Outcome, { is: 'rejected' }> {
  const prepared = stream.writes[write.op];
  if (!prepared)
    return {
      is: 'rejected',
      reason: `Records of this stream cannot be ${DONE[write.op]}: the connector declares no way to.`,
    };
  const homeless = fieldWithoutPlace(prepared, write);
  if (homeless !== undefined) {
    return {
      is: 'rejected',
      reason: `${homeless} cannot be ${DONE[write.op]}: no variable takes it.`,
      field: homeless,
    };
  }
  const variables = fill(
    { ...prepared.variables },
    {
      ...valuesOf(write),
      writeId: write.id,
      origin: context.origin,
    },
  ) as JsonObject;
  return { write, prepared, part: { document: prepared.document, variables } };
}

function valuesOf(write: Write) {
  if (write.op === 'create') return { data: write.data, ref: write.ref };
  const version = write.ifVersion === undefined ? {} : { version: JSON.parse(write.ifVersion) };
  if (write.op === 'delete') return { key: write.key, ...version };
  const patch = { patch: write.patch ?? {} };
  return write.op === 'add'
    ? { key: write.key, amounts: write.amounts, ...patch, ...version }
    : { key: write.key, ...patch, ...version };
}

/** What has no place in the variables would be lost without a word. */
function fieldWithoutPlace(prepared: PreparedWrite, write: Write): string | undefined {
  const placeholders = placeholdersIn({ ...prepared.variables });
  const parts =
    write.op === 'create' ? { data: write.data } : write.op === 'delete' ? {} : { patch: write.patch ?? {} };
  const given = write.op === 'add' ? { ...parts, amounts: write.amounts } : parts;
  for (const [part, fields] of Object.entries(given)) {
    if (placeholders.some(({ name, field }) => name === part && field === undefined)) continue;
    const places = placeholders.flatMap(({ name, field }) => (name === part && field !== undefined ? [field] : []));
    const homeless = Object.keys(fields).find((field) => !places.includes(field));
    if (homeless !== undefined) return homeless;
  }
  return undefined;
}

const DONE = { create: 'created', update: 'updated', delete: 'deleted', add: 'changed by a difference' } as const;
