import type { Product } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';

/** One column of the table of products: its name, its type, and the field of the document that it holds. */
interface ProductColumn {
  readonly column: string;
  readonly type: string;
  readonly field: keyof Product & string;
}

/** The table of products as an ERP may have it: names, types and time stamps of its own. About 1 KB a row. */
export const PRODUCT_TABLE = 'public.products';

/** The column of its key. */
export const PRODUCT_KEY = 'product_id';

/** The column with the transaction that last changed a row, kept by a default and a trigger. */
export const PRODUCT_XID = 'changed_in';

/** The column that the changes of the bench set, and the field that it is. */
export const CHANGED = { column: 'reorder_level', field: 'reorderLevel' } as const;

const COLUMNS: readonly ProductColumn[] = [
  { column: PRODUCT_KEY, type: 'text primary key', field: 'id' },
  { column: 'article_no', type: 'varchar(64) not null', field: 'sku' },
  { column: 'title', type: 'varchar(200) not null', field: 'name' },
  { column: 'state', type: 'varchar(16) not null', field: 'status' },
  { column: 'article_kind', type: 'text', field: 'kind' },
  { column: 'long_text', type: 'text', field: 'description' },
  { column: 'brand', type: 'text', field: 'brand' },
  { column: 'maker_part_no', type: 'text', field: 'manufacturerPartNumber' },
  { column: 'main_category', type: 'text', field: 'category' },
  { column: 'categories', type: 'text[]', field: 'categories' },
  { column: 'keywords', type: 'text[]', field: 'keywords' },
  { column: 'price_cents', type: 'integer', field: 'price' },
  { column: 'list_price_cents', type: 'integer', field: 'listPrice' },
  { column: 'currency', type: 'char(3)', field: 'currency' },
  { column: 'tax_class', type: 'text', field: 'taxClass' },
  { column: 'unit', type: 'text', field: 'unit' },
  { column: 'barcodes', type: 'text[]', field: 'barcodes' },
  { column: 'supplier_no', type: 'text', field: 'supplierId' },
  { column: 'lead_time_days', type: 'integer', field: 'leadTimeDays' },
  { column: 'min_order_quantity', type: 'integer', field: 'minOrderQuantity' },
  { column: 'origin', type: 'char(2)', field: 'countryOfOrigin' },
  { column: 'attributes', type: 'jsonb', field: 'attributes' },
  { column: 'media', type: 'jsonb', field: 'media' },
  { column: 'weight_grams', type: 'integer', field: 'weightGrams' },
  { column: CHANGED.column, type: 'integer', field: CHANGED.field },
  { column: 'foreign_keys', type: 'jsonb', field: 'externalReferences' },
  { column: 'updated_at', type: 'timestamptz', field: 'updatedAt' },
];

/** Names of the columns that are part of a record. */
export const PRODUCT_COLUMNS: readonly string[] = COLUMNS.map(({ column }) => column);

/** Fields of the document that the table holds, but for its id. */
export const PRODUCT_FIELDS: readonly string[] = COLUMNS.map(({ field }) => field).filter((field) => field !== 'id');

/** Makes the table, with the index by which changes are found, and the trigger that notes each change. */
export const CREATE_TABLE = `
  create table ${PRODUCT_TABLE} (
    ${COLUMNS.map(({ column, type }) => `${column} ${type},`).join('\n    ')}
    ${PRODUCT_XID} xid8 not null default pg_current_xact_id()
  );
  create index products_changed on ${PRODUCT_TABLE} (${PRODUCT_XID}, ${PRODUCT_KEY});
  create function note_change() returns trigger language plpgsql as $$
    begin
      new.${PRODUCT_XID} := pg_current_xact_id();
      return new;
    end $$;
  create trigger products_note_change before update on ${PRODUCT_TABLE}
    for each row execute function note_change();`;

/** A row of the table as a document, for both sides of the bench. */
export function toProduct(row: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue | undefined> {
  const product: Record<string, JsonValue | undefined> = {};
  for (const { column, field } of COLUMNS) product[field] = row[column];
  return product;
}

/** Fields of a document as columns. */
export function toRow(product: JsonObject): Record<string, JsonValue> {
  const row: Record<string, JsonValue> = {};
  for (const { column, field } of COLUMNS) {
    const value = product[field];
    if (value !== undefined) row[column] = value;
  }
  return row;
}
