import type { JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord, Ids } from '@datastores/sync-server';
import type * as z from 'zod';

/** A binding whose mapping sees records in the type that its record schema promises. */
export interface TypedBinding<R> extends Omit<Binding, 'record' | 'toDocument' | 'idFor'> {
  readonly record: z.ZodType<R>;
  readonly toDocument: (record: R, ids: Ids) => Readonly<Record<string, JsonValue | undefined>>;
  /** Also finds the document that another system has made already: a record is adopted by the document of this id. */
  readonly idFor: (record: R) => string;
}

/** Makes the binding. The engine hands records to the mapping only after they passed the record schema. */
export function typedBinding<R>(binding: TypedBinding<R>): Binding {
  const { record, toDocument, idFor, ...others } = binding;
  return {
    ...others,
    record: record as unknown as z.ZodType<ExternalRecord>,
    toDocument: (data, ids) => toDocument(data as R, ids),
    idFor: (data) => idFor(data as R),
  };
}
