import { type Datastore, DatastoreError } from '@datastores/core';
import { JOURNAL } from '@datastores/core/replica';

/** What is encrypted of each datastore: whole documents, or some fields. */
export type EncryptedDatastores = Readonly<Record<string, 'document' | readonly string[]>>;

/** What is sealed of a collection. */
export interface SealedFields {
  /** Sorted names of fields, or `*` alone for everything that is not {@link open}. */
  readonly names: readonly string[];
  /** Fields that stay readable. */
  readonly open: ReadonlySet<string>;
}

/** What is sealed of a row of the journal: its whole content, where it concerns an encrypted datastore. */
export const SEALED_JOURNAL: SealedFields = {
  names: ['entry'],
  open: new Set(['key', 'kind', 'datastore', 'id', 'order']),
};

/**
 * Sealed fields by name of the datastore. Throws ENCRYPTION_INVALID naming what cannot be encrypted: a datastore that is not
 * opened, a field it does not have, its id, and what an index has to compare.
 */
export function sealedFields(
  encrypted: EncryptedDatastores,
  datastores: readonly Datastore[],
): ReadonlyMap<string, SealedFields> {
  const found = Object.entries(encrypted).map(([name, wanted]): readonly [string, SealedFields] => {
    const datastore = datastores.find((one) => one.name === name);
    if (datastore === undefined) throw refused(`No datastore "${name}" is opened.`);
    const indexed = new Set(['id', ...datastore.indexes.flat()]);
    if (wanted === 'document') return [name, { names: ['*'], open: indexed }];
    const properties = Object.keys(datastore.schema.properties);
    if (wanted.length === 0) throw refused(`No field of "${name}" is named.`);
    for (const field of wanted) {
      if (field === 'id') throw refused(`"id" of "${name}" is what documents are found by.`);
      if (!properties.includes(field)) throw refused(`"${name}" has no field "${field}".`);
      if (indexed.has(field))
        throw refused(`"${field}" of "${name}" has an index, which could not compare what is encrypted.`);
    }
    const open = new Set(properties.filter((field) => !wanted.includes(field)));
    return [name, { names: [...wanted].sort(), open }];
  });
  return new Map(found);
}

/** What is sealed of a stored document; undefined: nothing. */
export function sealedOf(
  fields: ReadonlyMap<string, SealedFields>,
  collection: string,
  document: object,
): SealedFields | undefined {
  if (collection !== JOURNAL) return fields.get(collection);
  return fields.has(String(Reflect.get(document, 'datastore'))) ? SEALED_JOURNAL : undefined;
}

/** True if a field is sealed. */
export function isSealed({ names, open }: SealedFields, field: string): boolean {
  return names[0] === '*' ? !open.has(field) && !field.startsWith('_') : names.includes(field);
}

function refused(message: string): DatastoreError {
  return new DatastoreError('ENCRYPTION_INVALID', message);
}
