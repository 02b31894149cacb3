import { realTime, scheduled } from '@datastores/core';
import { type JsonObject, type JsonValue, type Product, productCatalog } from '@datastores/core/schema';
import { type Binding, type Connector, type ExternalRecord, graphql } from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { productIdOf } from './ids.ts';
import { OVERLAP_MS } from './overlap.ts';
import { typedBinding } from './typed-binding.ts';
import { withoutEmpty } from './without-empty.ts';

const pimProduct = z.object({
  sku: z.string(),
  texts: z.object({ title: z.string(), longDescription: z.string().nullish() }),
  brand: z.object({ displayName: z.string() }).nullable(),
  taxonomy: z.array(z.string()),
  tags: z.array(z.string()),
  attributes: z.array(z.object({ name: z.string(), value: z.string(), unit: z.string().nullish() })),
  assets: z.array(z.object({ href: z.string(), mediaType: z.string(), caption: z.string().nullish() })),
  gtins: z.array(z.string()),
  dimensions: z.object({ widthMm: z.int(), heightMm: z.int(), weightGrams: z.int() }).nullable(),
  lifecycle: z.enum(['draft', 'live', 'retired']),
});

const STATUS = { draft: 'draft', live: 'active', retired: 'discontinued' } as const;

const PRODUCT = `fragment Product on Product {
  sku
  texts { title longDescription }
  brand { displayName }
  taxonomy tags gtins lifecycle
  attributes { name value unit }
  assets { href mediaType caption }
  dimensions { widthMm heightMm weightGrams }
  version updatedAt deleted
}`;

/** How the PIM is reached: a GraphQL service with connections, writes guarded by versions, deletions as marked records. */
export function pimConnector(baseUrl: string): Connector {
  return graphql({
    endpoint: `${baseUrl}/graphql`,
    codes: { STALE: 'conflict' },
    streams: {
      products: {
        key: 'sku',
        version: 'version',
        tombstone: 'deleted',
        fragments: PRODUCT,
        list: {
          query: `query ($first: Int!, $after: String, $since: DateTime) {
            products(first: $first, after: $after, updatedSince: $since) {
              nodes { ...Product }
              pageInfo { hasNextPage endCursor }
            }
          }`,
          at: 'products',
          size: 500,
          since: { field: 'updatedAt', overlapMs: OVERLAP_MS },
        },
        get: { query: 'query ($keys: [ID!]!) { productsBySku(skus: $keys) { ...Product } }', at: 'productsBySku' },
        update: {
          mutation: `mutation ($key: ID!, $patch: ProductInput!, $version: Int) {
            productUpdate(sku: $key, input: $patch, expectedVersion: $version) {
              product { ...Product }
              userErrors { field message code }
            }
          }`,
          at: 'productUpdate.product',
          errorsAt: 'productUpdate.userErrors',
        },
      },
    },
  });
}

/**
 * The PIM decides what a product is called and what it is: name, status, category, codes, sizes. Description, brand,
 * keywords, attributes and media may be edited in a replica too. Products are made in the PIM, never from here.
 */
export const pimBindings: readonly Binding[] = [
  typedBinding({
    system: 'pim',
    stream: 'products',
    datastore: productCatalog,
    record: pimProduct,
    mapping: 1,
    idFor: ({ sku }) => productIdOf(sku),
    toDocument: (record) => ({
      sku: record.sku,
      name: record.texts.title,
      status: STATUS[record.lifecycle],
      description: record.texts.longDescription ?? null,
      brand: record.brand?.displayName ?? null,
      category: record.taxonomy.at(-1) ?? null,
      categories: record.taxonomy,
      keywords: record.tags,
      attributes: record.attributes.map(({ name, value, unit }) => withoutEmpty({ name, value, unit })),
      media: record.assets.map(({ href, mediaType, caption }) =>
        withoutEmpty({ url: href, kind: mediaType, alt: caption }),
      ),
      barcodes: record.gtins,
      widthMm: record.dimensions?.widthMm ?? null,
      heightMm: record.dimensions?.heightMm ?? null,
      weightGrams: record.dimensions?.weightGrams ?? null,
    }),
    toRecord: (patch, document) => toPimPatch(patch, document as unknown as Product),
    fields: {
      sku: { from: 'there', rank: 1 },
      name: { from: 'there', rank: 1 },
      status: { from: 'there', rank: 1 },
      description: { merge: 'there' },
      brand: { merge: 'there' },
      category: { from: 'there' },
      categories: { from: 'there' },
      keywords: { merge: 'there' },
      attributes: { merge: 'there' },
      media: { merge: 'there' },
      barcodes: { from: 'there' },
      widthMm: { from: 'there' },
      heightMm: { from: 'there' },
      weightGrams: { from: 'there' },
    },
    creates: false,
    deletes: false,
    strategies: [realTime({ pollMs: 1_000 }), scheduled('7 3 * * *')],
  }),
];

function toPimPatch(patch: JsonObject, product: Product): ExternalRecord {
  const { description, brand, keywords, attributes, media } = patch;
  const namesOf = (value: JsonValue) => (value === null ? [] : value);
  return asPatch({
    texts: description === undefined ? undefined : { title: product.name, longDescription: description },
    brand: brand === undefined || brand === null ? brand : { displayName: brand },
    tags: keywords === undefined ? undefined : namesOf(keywords),
    attributes: attributes === undefined ? undefined : toAttributes(product),
    assets: media === undefined ? undefined : toAssets(product),
  });
}

function toAttributes(product: Product): JsonValue {
  return (product.attributes ?? []).map(({ name, value, unit }) => ({ name, value, unit: unit ?? null }));
}

function toAssets(product: Product): JsonValue {
  return (product.media ?? []).map(({ url, kind, alt }) => ({
    href: url,
    mediaType: kind ?? 'application/octet-stream',
    caption: alt ?? null,
  }));
}
