import type { JsonDocument, JsonObject } from '@datastores/core/schema';
import { makeOrder } from '../../bench/documents/order.ts';
import { makeProduct } from '../../bench/documents/product.ts';
import type { Random } from '../../bench/documents/random.ts';
import { makeStockLevel } from '../../bench/documents/stock-level.ts';
import { nastyKey, nastyText } from '../values/texts.ts';

/** Bytes that a document may have. */
const MOST_BYTES = 256 * 1024;

/** A document by its datastore and number, valid and like those of every day. */
export function plainDocument(datastore: string, number: number): JsonDocument {
  switch (datastore) {
    case 'inventory':
      return { ...makeStockLevel(3, number), id: `level-${number}` } as unknown as JsonDocument;
    case 'order':
      return { ...makeOrder(3, number), id: `order-${number}` } as unknown as JsonDocument;
    case 'customer':
      return { id: `customer-${number}`, name: `Customer ${number}`, status: 'active' };
    case 'note':
      return { id: `note-${number}`, title: `Note ${number}`, likes: number, text: 'a', extra: { a: 1 }, parts: [] };
    default:
      return { ...makeProduct(3, number), id: `item-${number}` } as unknown as JsonDocument;
  }
}

/** A document that a schema may take, and that something may trip over all the same. */
export function nastyDocument(datastore: string, random: Random): JsonDocument {
  const document = plainDocument(datastore, random.integer(0, 60));
  switch (random.integer(0, 5)) {
    case 0:
      return { ...document, id: nastyText(random) };
    case 1:
      return { ...document, [textFieldOf(datastore)]: nastyText(random) };
    case 2:
      return { ...document, [textFieldOf(datastore)]: atTheLimit(document, random) };
    case 3:
      return { ...document, [nastyKey(random)]: nastyText(random) };
    case 4:
      return { ...document, ...longList(datastore, random) };
    default:
      return { ...document, ...openContent(datastore, random) };
  }
}

function textFieldOf(datastore: string): string {
  return { product: 'description', note: 'text', order: 'number', inventory: 'bin' }[datastore] ?? 'name';
}

/** A text with which the document has the most bytes that it may have, or one more or less. */
function atTheLimit(document: JsonDocument, random: Random): string {
  const rest = Buffer.byteLength(JSON.stringify(document)) + 20;
  return 'x'.repeat(MOST_BYTES - rest + random.pick([-1, 0, 1, 20]));
}

const LISTS: Readonly<Record<string, readonly [field: string, key: string]>> = {
  inventory: ['lots', 'lot'],
  note: ['parts', 'key'],
  product: ['externalReferences', 'system'],
  order: ['externalReferences', 'system'],
};

/** Lists that are merged by a key, and in which many entries have the same one, or none. */
function longList(datastore: string, random: Random): JsonObject {
  const [field, key] = LISTS[datastore] ?? ['externalReferences', 'system'];
  const length = random.integer(0, 40) === 0 ? 9_000 : random.pick([2, 50, 500]);
  const entry = random.pick([
    { [key]: 'a' },
    { [key]: 'a', quantity: 1 },
    {},
    { [key]: '__proto__' },
    { [key]: 'a#0' },
  ]);
  return { [field]: Array.from({ length }, () => entry as JsonObject) };
}

function openContent(datastore: string, random: Random): JsonObject {
  if (datastore !== 'note') return {};
  const key = nastyKey(random);
  const long = random.integer(0, 20) === 0 ? 'k'.repeat(random.integer(10_000, 100_000)) + random.integer(0, 1e9) : key;
  return { extra: { [long]: { [key]: nastyText(random) } }, likes: random.pick([1, -1, 9_007_199_254_740_991, 0]) };
}
