import type { Product } from '@datastores/core';
import { createRandom, scramble } from './random.ts';
import { capitalised, randomText, randomWord } from './vocabulary.ts';

const UNITS = ['piece', 'pair', 'set', 'box', 'litre'];
const COUNTRIES = ['DE', 'AT', 'CH', 'NL', 'DK', 'PT', 'JP', 'VN'];
const PROPERTIES = ['colour', 'material', 'finish', 'voltage', 'size', 'grade'];
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2024, 0, 1);

/** Id of the product with this number. Ids do not ascend with the numbers, as foreign keys of a real catalog do not. */
export function productId(index: number): string {
  return `product-${scramble(index).toString(36).padStart(7, '0')}`;
}

/** The product with this number, about 1 KB of JSON. The same for the same seed and number. */
export function makeProduct(seed: number, index: number): Product {
  const random = createRandom(scramble(seed) ^ index);
  const number = scramble(index).toString(10).padStart(10, '0');
  const price = random.integer(99, 49_999);
  const category = randomWord(random);
  return {
    id: productId(index),
    sku: `${category.slice(0, 2).toUpperCase()}-${number.slice(0, 5)}-${number.slice(5)}`,
    name: randomText(random, random.integer(2, 5)),
    status: random.pick(['active', 'active', 'active', 'draft', 'discontinued'] as const),
    kind: 'goods',
    description: `${randomText(random, random.integer(12, 18))}. ${randomText(random, random.integer(12, 18))}.`,
    brand: capitalised(randomWord(random)),
    manufacturerPartNumber: `${randomWord(random)}/${random.integer(100, 9_999)}`,
    category,
    categories: [category, randomWord(random)],
    keywords: [randomWord(random), randomWord(random), randomWord(random)],
    price,
    listPrice: Math.round(price * 1.2),
    currency: 'EUR',
    taxClass: 'standard',
    unit: random.pick(UNITS),
    barcodes: [`40${random.integer(10_000_000_000, 99_999_999_999)}`],
    supplierId: `supplier-${random.integer(1, 400)}`,
    leadTimeDays: random.integer(1, 40),
    minOrderQuantity: random.pick([1, 1, 1, 5, 10]),
    countryOfOrigin: random.pick(COUNTRIES),
    attributes: PROPERTIES.slice(0, random.integer(2, 4)).map((name) => ({ name, value: randomWord(random) })),
    media: [{ url: `https://media.example.com/${productId(index)}/front.webp`, kind: 'image' }],
    weightGrams: random.integer(20, 30_000),
    reorderLevel: random.integer(0, 50),
    externalReferences: [{ system: 'erp', key: `A${number}` }],
    updatedAt: new Date(FIRST_DAY + random.integer(0, 700) * DAY_MS + random.integer(0, DAY_MS)).toISOString(),
  };
}
