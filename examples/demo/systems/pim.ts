import type { ProductFacts } from '../seed/products.ts';
import type { Sample } from '../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from './demo-system.ts';
import { createIdempotency } from './idempotency.ts';
import { installRecordRoutes } from './record-routes.ts';
import { createRecordTable, type StoredRecord } from './record-table.ts';
import { Refusal } from './refusal.ts';

/** A product as the PIM keeps it: nested, camelCase, no prices. */
interface PimProduct {
  readonly sku: string;
  readonly texts: { readonly title: string; readonly longDescription: string | null };
  readonly brand: { readonly displayName: string } | null;
  readonly taxonomy: readonly string[];
  readonly tags: readonly string[];
  /** Value by name of the attribute. */
  readonly attributes: Readonly<Record<string, { readonly value: string; readonly unit: string | null }>>;
  readonly assets: readonly { readonly href: string; readonly mediaType: string; readonly caption: string | null }[];
  readonly gtins: readonly string[];
  readonly dimensions: { readonly widthMm: number; readonly heightMm: number; readonly weightGrams: number } | null;
  readonly lifecycle: 'draft' | 'live' | 'retired';
}

const SHORT = { type: 'string', minLength: 1, maxLength: 200 };
const NULLABLE_TEXT = { type: 'string', nullable: true };
const FIELDS = {
  sku: { type: 'string', minLength: 1, maxLength: 64 },
  texts: closed({ title: SHORT, longDescription: NULLABLE_TEXT }, ['title']),
  brand: { ...closed({ displayName: SHORT }, ['displayName']), nullable: true },
  taxonomy: { type: 'array', items: SHORT },
  tags: { type: 'array', items: SHORT },
  attributes: {
    type: 'object',
    additionalProperties: closed({ value: { type: 'string' }, unit: NULLABLE_TEXT }, ['value']),
  },
  assets: {
    type: 'array',
    items: closed({ href: SHORT, mediaType: SHORT, caption: NULLABLE_TEXT }, ['href', 'mediaType']),
  },
  gtins: { type: 'array', items: SHORT },
  dimensions: {
    ...closed({ widthMm: whole(), heightMm: whole(), weightGrams: whole() }, ['widthMm', 'heightMm', 'weightGrams']),
    nullable: true,
  },
  lifecycle: { type: 'string', enum: ['draft', 'live', 'retired'] },
};

/**
 * The PIM: texts, brand, classification, attributes and media of products. The list is read by time of change
 * (`updatedSince`) and names the address of its `next` page; deletions are shown as `{ sku, deleted: true }`. Writes heed
 * `If-Match`.
 */
export function startPim(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'pim',
      install(app, db) {
        const products = createRecordTable<PimProduct>(db, 'products');
        if (products.count() === 0) {
          db.transaction(() => {
            for (const product of sample().products) products.put(product.sku, toPimProduct(product));
          })();
        }
        const querystring = {
          type: 'object',
          properties: {
            updatedSince: { type: 'string', default: '' },
            afterSku: { type: 'string', default: '' },
            limit: { type: 'integer', minimum: 1, maximum: 500, default: 250 },
          },
          additionalProperties: false,
        };
        app.get('/v1/products', { schema: { querystring } }, async (request) => {
          const { updatedSince, afterSku, limit } = request.query as Record<string, string> & { limit: number };
          const records = products.modifiedSince(updatedSince ?? '', afterSku ?? '', limit + 1);
          const items = records.slice(0, limit);
          const last = items.at(-1);
          if (last === undefined || records.length === items.length) return { items: items.map(show), next: null };
          const query = new URLSearchParams({
            updatedSince: last.modifiedAt,
            afterSku: last.key,
            limit: String(limit),
          });
          return { items: items.map(show), next: `http://${request.host}/v1/products?${query}` };
        });
        installRecordRoutes(app, {
          path: '/v1/products',
          table: products,
          show,
          fields: FIELDS,
          create: { required: ['sku', 'texts'], idempotency: createIdempotency(db), make },
          change(body, patch) {
            if (patch.sku !== undefined && patch.sku !== body.sku)
              throw new Refusal(422, 'A SKU never changes.', 'sku');
            return { ...body, ...patch };
          },
          remove: 'bury',
        });
        return () => ({ products: products.count() });
      },
    },
    options,
  );
}

function make(input: Partial<PimProduct>): { key: string; body: PimProduct } {
  const { sku = '', texts = { title: '', longDescription: null } } = input;
  const body: PimProduct = {
    brand: null,
    taxonomy: [],
    tags: [],
    attributes: {},
    assets: [],
    gtins: [],
    dimensions: null,
    lifecycle: 'draft',
    ...input,
    sku,
    texts,
  };
  return { key: sku, body };
}

function show(record: StoredRecord<PimProduct>): object {
  const stamp = { updatedAt: record.modifiedAt };
  return record.deleted ? { sku: record.key, deleted: true, ...stamp } : { ...record.body, ...stamp };
}

function toPimProduct(product: ProductFacts): PimProduct {
  return {
    sku: product.sku,
    texts: { title: product.name, longDescription: product.description },
    brand: { displayName: product.brand },
    taxonomy: ['Home & Living', product.category],
    tags: [product.colour, product.category.toLowerCase()],
    attributes: {
      colour: { value: product.colour, unit: null },
      material: { value: product.material, unit: null },
    },
    assets: [
      {
        href: `https://media.example/${product.sku.toLowerCase()}.jpg`,
        mediaType: 'image/jpeg',
        caption: product.name,
      },
    ],
    gtins: [product.barcode],
    dimensions: { widthMm: product.widthMm, heightMm: product.heightMm, weightGrams: product.weightGrams },
    lifecycle: ({ draft: 'draft', active: 'live', discontinued: 'retired' } as const)[product.status],
  };
}

function closed(properties: object, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

function whole(): object {
  return { type: 'integer', minimum: 0 };
}
