import type { ProductFacts } from '../../seed/products.ts';

/** A product as the PIM keeps it: nested, camelCase, no prices. */
export interface PimProduct {
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

/** A product that says no more than what it is called. */
export function emptyProduct(sku: string, title: string): PimProduct {
  return {
    sku,
    texts: { title, longDescription: null },
    brand: null,
    taxonomy: [],
    tags: [],
    attributes: {},
    assets: [],
    gtins: [],
    dimensions: null,
    lifecycle: 'draft',
  };
}

/** A product of the sample as the PIM keeps it. */
export function toPimProduct(product: ProductFacts): PimProduct {
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
