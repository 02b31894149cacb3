import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { Outcome, Write } from '../connector.ts';
import type { Part } from './compose.ts';
import type { PreparedWrite } from './prepare-writes.ts';
import { sentKey } from './record.ts';
import type { Service } from './service.ts';
import { fill, placeholdersIn, type Values } from './template.ts';

/** A write with its mutation. */
export interface WritePlan {
  readonly write: Write;
  readonly prepared: PreparedWrite;
  readonly part: Part;
}

/** Puts a write into the variables of its mutation, or says why it cannot be made. */
export function planWrite({ stream, context }: Service, write: Write): WritePlan | Outcome {
  const prepared = stream.writes[write.op];
  if (!prepared)
    return rejected(`Records of this stream cannot be ${DONE[write.op]}: the connector declares no way to.`);
  const key = write.op === 'create' ? undefined : sentKey(stream, write.key);
  if (write.op !== 'create' && key === undefined) return { is: 'missing' };
  const homeless = fieldWithoutPlace(prepared, write);
  if (homeless !== undefined)
    return rejected(`${homeless} cannot be ${DONE[write.op]}: no variable takes it.`, homeless);
  const version = versionOf(write);
  // It was not given out by this connector, so it cannot be the one that is current.
  if (version === 'foreign') return { is: 'conflict' };
  const values = { ...valuesOf(write), ...version, key, writeId: write.id, origin: context.origin };
  const variables = fill({ ...prepared.variables }, values) as JsonObject;
  return { write, prepared, part: { document: prepared.document, variables } };
}

function valuesOf(write: Write): Values {
  if (write.op === 'create') return { data: write.data, ref: write.ref };
  if (write.op === 'delete') return {};
  const patch = write.patch ?? {};
  return write.op === 'add' ? { amounts: { ...write.amounts }, patch } : { patch };
}

function versionOf(write: Write): { readonly version?: JsonValue } | 'foreign' {
  if (write.op === 'create' || write.ifVersion === undefined) return {};
  try {
    return { version: JSON.parse(write.ifVersion) as JsonValue };
  } catch {
    return 'foreign';
  }
}

function rejected(reason: string, field?: string): Outcome {
  return { is: 'rejected', reason, ...(field !== undefined && { field }) };
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
