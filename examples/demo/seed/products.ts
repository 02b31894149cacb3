import type { Random } from './random.ts';
import { BRANDS, COLOURS, FAMILIES, QUALITIES } from './words.ts';

/** One product of the sample business. Prices in cents, sizes in millimetres. */
export interface ProductFacts {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly brand: string;
  readonly category: string;
  readonly colour: string;
  readonly material: string;
  readonly price: number;
  readonly cost: number;
  readonly taxClass: 'standard' | 'reduced';
  readonly supplier: string;
  readonly barcode: string;
  readonly weightGrams: number;
  readonly widthMm: number;
  readonly heightMm: number;
  readonly status: 'draft' | 'active' | 'discontinued';
}

/** Makes `count` products with article numbers of their own, e.g. `KI-00042`. */
export function createProductFacts(random: Random, count: number): readonly ProductFacts[] {
  return Array.from({ length: count }, (_, index) => createProduct(random, index + 1));
}

function createProduct(random: Random, number: number): ProductFacts {
  const family = random.pick(FAMILIES);
  const [noun, quality, colour] = [random.pick(family.nouns), random.pick(QUALITIES), random.pick(COLOURS)];
  const [brand, material] = [random.pick(BRANDS), random.pick(family.materials)];
  const price = Math.round(random.integer(family.lowest, family.highest) / 10) * 10 - 1;
  return {
    sku: `${family.prefix}-${String(number).padStart(5, '0')}`,
    name: `${brand} ${quality} ${noun}`,
    description: `${quality} ${noun.toLowerCase()} in ${colour}, made by ${brand} (${material}).`,
    brand,
    category: family.category,
    colour,
    material,
    price,
    cost: Math.round(price * (random.integer(45, 70) / 100)),
    taxClass: family.taxClass,
    supplier: `L${random.integer(700, 739)}`,
    barcode: withCheckDigit(`40${String(1_000_000_000 + number * 37).slice(0, 10)}`),
    weightGrams: random.integer(40, 9_000),
    widthMm: random.integer(30, 900),
    heightMm: random.integer(20, 1_200),
    status: random.chance(0.04) ? 'discontinued' : random.chance(0.03) ? 'draft' : 'active',
  };
}

function withCheckDigit(twelveDigits: string): string {
  const sum = [...twelveDigits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${twelveDigits}${(10 - (sum % 10)) % 10}`;
}
