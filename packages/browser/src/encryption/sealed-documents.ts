import { isSealed, type SealedFields, sealedOf } from './sealed-fields.ts';
import { seal, unseal } from './sealed-values.ts';

/** A document as storages hand it on. */
export type AnyDocument = Readonly<Record<string, unknown>>;

/** Turns documents into what lies on disk, and back. */
export interface DocumentSealer {
  seal(document: AnyDocument): Promise<AnyDocument>;
  /** What was never sealed is returned as it is. */
  unseal(document: AnyDocument): Promise<AnyDocument>;
}

/** What a sealer works with. */
export interface SealerOptions {
  readonly key: CryptoKey;
  readonly collection: string;
  readonly primary: string;
  readonly fields: ReadonlyMap<string, SealedFields>;
}

/** Holds sealed values by field; `*` for all fields together. */
const SEALED = '~sealed';

/** A sealer of the documents of one collection. */
export function createSealer({ key, collection, primary, fields }: SealerOptions): DocumentSealer {
  // What was just written comes back in an event, and need not be opened for that.
  const plainOf = new WeakMap<object, AnyDocument>();
  const placeOf = (document: AnyDocument, field: string) => ({ collection, id: String(document[primary]), field });

  return {
    async seal(document) {
      const sealed = sealedOf(fields, collection, document);
      if (sealed === undefined) return document;
      const names = Object.keys(document).filter((field) => isSealed(sealed, field));
      const rest: Record<string, unknown> = {};
      for (const field of Object.keys(document)) if (!names.includes(field)) rest[field] = document[field];
      const groups: readonly (readonly [string, unknown])[] =
        sealed.names[0] === '*'
          ? [['*', Object.fromEntries(names.map((field) => [field, document[field]]))]]
          : names.map((field) => [field, document[field]]);
      const values = await Promise.all(
        groups.map(async ([field, value]) => [field, await seal(key, placeOf(document, field), value)] as const),
      );
      rest[SEALED] = Object.fromEntries(values);
      plainOf.set(rest, document);
      return rest;
    },
    async unseal(document) {
      const plain = plainOf.get(document);
      if (plain !== undefined) return plain;
      const sealed = document[SEALED];
      if (sealed === null || typeof sealed !== 'object') return document;
      const opened: Record<string, unknown> = {};
      for (const field of Object.keys(document)) if (field !== SEALED) opened[field] = document[field];
      await Promise.all(
        Object.entries(sealed as Readonly<Record<string, string>>).map(async ([field, value]) => {
          const content = await unseal(key, placeOf(document, field), value);
          if (field === '*') Object.assign(opened, content);
          else opened[field] = content;
        }),
      );
      return opened;
    },
  };
}
