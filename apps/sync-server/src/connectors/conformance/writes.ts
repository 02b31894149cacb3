import type { ExternalRecord, Outcome, Stream, Write } from '../connector.ts';
import { expectThat } from './check.ts';
import { createContext } from './context.ts';
import type { Sample } from './place.ts';

/** Samples `prefix1`, `prefix2`, … with quantities from 0 on. */
export function samples(prefix: string, count: number): Sample[] {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at + 1}`, quantity: at }));
}

/** One write, one outcome. */
export async function push(stream: Stream, write: Write): Promise<Outcome> {
  const [outcome] = await pushAll(stream, [write]);
  return outcome as Outcome;
}

/** Some writes, as many outcomes. */
export async function pushAll(stream: Stream, writes: readonly Write[]): Promise<readonly Outcome[]> {
  const outcomes = (await stream.push?.(writes, createContext())) ?? [];
  expectThat(outcomes.length === writes.length, `${writes.length} writes were answered by ${outcomes.length} outcomes`);
  return outcomes;
}

/** The outcome, which must be `applied`. */
export function applied(outcome: Outcome | undefined): Extract<Outcome, { is: 'applied' }> {
  if (outcome?.is === 'applied') return outcome;
  expectThat(false, `a write that is in order was not applied, but: ${JSON.stringify(outcome)}`);
}

/** A create of a sample record; the reference is made from the write id. */
export function create(id: string, name: string, quantity: number): Extract<Write, { op: 'create' }> {
  return { id, op: 'create', ref: `ref-${id}`, data: { name, quantity } };
}

/** An update. */
export function update(id: string, key: string, patch: ExternalRecord): Extract<Write, { op: 'update' }> {
  return { id, op: 'update', key, patch };
}

/** A difference of the quantity. */
export function add(id: string, key: string, quantity: number): Extract<Write, { op: 'add' }> {
  return { id, op: 'add', key, amounts: { quantity } };
}

/** The guard of a write; none where the record has no version. */
export function guard(version: string | undefined): { readonly ifVersion?: string } {
  return version === undefined ? {} : { ifVersion: version };
}

/** A name that no record may have. */
export const TOO_LONG = 'far too long for a name of twenty';
