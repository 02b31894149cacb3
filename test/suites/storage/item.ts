import {
  type BulkWriteRow,
  fillWithDefaultSettings,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorageInstance,
} from 'rxdb';

/** The document type of the suite: indexed fields of each type, fields without index, nested and optional ones. */
export interface Item {
  id: string;
  name: string;
  age: number;
  active: boolean;
  nested: { rank: number };
  city?: string | null;
  weight?: number | null;
  note?: string | null;
  tags?: string[];
}

/** An item with the fields RxDB adds. */
export type StoredItem = RxDocumentData<Item>;

/** The schema as RxDB gives it to a storage. */
export type StoredSchema = RxJsonSchema<StoredItem>;

const declared: RxJsonSchema<Item> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 80 },
    name: { type: 'string', maxLength: 40 },
    age: { type: 'number', minimum: -1000, maximum: 1000, multipleOf: 0.01 },
    active: { type: 'boolean' },
    nested: {
      type: 'object',
      properties: { rank: { type: 'integer', minimum: 0, maximum: 100, multipleOf: 1 } },
      required: ['rank'],
    },
    city: { type: 'string', maxLength: 40 },
    weight: { type: 'number', minimum: -1000, maximum: 1000, multipleOf: 0.01 },
    note: { type: ['string', 'null'] },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['id', 'name', 'age', 'active', 'nested'],
  indexes: ['name', 'age', ['active', 'age'], ['name', 'age'], 'nested.rank'],
};

/** Every indexed field is required, as all storages can have it. */
export const itemSchema: StoredSchema = fillWithDefaultSettings(declared);

/** Indexes over fields that a document may leave out. */
export const optionalIndexSchema: StoredSchema = fillWithDefaultSettings({
  ...declared,
  indexes: ['name', 'city', ['weight', 'city'], ['active', 'weight'], 'nested.rank'],
});

/** The schema of items with attachments. */
export const attachmentSchema: StoredSchema = fillWithDefaultSettings({ ...declared, attachments: {} });

/** The item schema in another version. */
export const laterSchema: StoredSchema = fillWithDefaultSettings({ ...declared, version: 1 });

let clock = 1_700_000_000_000;

/** A new item in its first revision, written now by a clock that always advances. */
export function item(id: string, values: Partial<StoredItem> = {}): StoredItem {
  return {
    id,
    name: `name of ${id}`,
    age: 1,
    active: true,
    nested: { rank: 1 },
    _deleted: false,
    _attachments: {},
    _meta: { lwt: ++clock },
    _rev: '1-a',
    ...values,
  };
}

/** The same item in its next revision. */
export function next(previous: StoredItem, values: Partial<StoredItem> = {}): StoredItem {
  const height = Number.parseInt(previous._rev, 10) + 1;
  return { ...previous, _rev: `${height}-a`, _meta: { lwt: ++clock }, ...values };
}

/** Inserts items; throws where one is refused. */
export async function insert(instance: RxStorageInstance<Item, unknown, unknown>, items: readonly StoredItem[]) {
  await write(
    instance,
    items.map((document) => ({ document })),
  );
}

/** Writes rows; throws where one is refused. */
export async function write(instance: RxStorageInstance<Item, unknown, unknown>, rows: BulkWriteRow<Item>[]) {
  const { error } = await instance.bulkWrite(rows, 'test');
  if (error.length > 0) throw new Error(`Refused: ${error.map((row) => `${row.documentId} ${row.status}`).join(', ')}`);
}
