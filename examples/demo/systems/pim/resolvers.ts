import { GraphQLError } from 'graphql';
import type { RecordTable, StoredRecord } from '../record-table.ts';
import { emptyProduct, type PimProduct } from './product.ts';

/** What the fields of query and mutation of the PIM do. */
export function pimResolvers(products: RecordTable<PimProduct>) {
  return {
    products({ first, after, updatedSince = '' }: ListArguments) {
      if (first < 1 || first > MOST) throw badInput(`first must be from 1 to ${MOST}`);
      const [time, sku] = after == null ? [updatedSince ?? '', ''] : placeIn(after);
      const records = products.modifiedSince(time, sku, first + 1);
      const shown = records.slice(0, first);
      const last = shown.at(-1);
      const endCursor =
        last === undefined ? null : Buffer.from(JSON.stringify([last.modifiedAt, last.key])).toString('base64url');
      return { nodes: shown.map(show), pageInfo: { hasNextPage: records.length > first, endCursor } };
    },
    productsBySku({ skus }: { skus: readonly string[] }) {
      if (skus.length > MOST) throw badInput(`At most ${MOST} products can be asked for at once`);
      return skus.map((sku) => {
        const record = products.get(sku);
        return record && show(record);
      });
    },
    productCreate({ sku, input }: { sku: string; input: ProductInput }) {
      if (products.get(sku) !== null) return refused('TAKEN', `${sku} exists.`, ['sku']);
      const { texts } = input;
      if (!texts) return refused('INVALID', 'A product needs a title.', ['input', 'texts']);
      const complaint = complaintAbout(input);
      return complaint ?? done(products.put(sku, { ...emptyProduct(sku, texts.title), ...storedFields(input) }));
    },
    productUpdate({ sku, input, expectedVersion }: Guarded & { input: ProductInput }) {
      return guarded(products, { sku, expectedVersion }, ({ body }) => {
        const missing = REQUIRED.find((field) => input[field] === null);
        if (missing !== undefined)
          return refused('INVALID', `A product cannot be without ${missing}.`, ['input', missing]);
        return complaintAbout(input) ?? done(products.put(sku, { ...body, ...storedFields(input) }));
      });
    },
    productDelete({ sku, expectedVersion }: Guarded) {
      return guarded(products, { sku, expectedVersion }, () => {
        products.bury(sku);
        return { deletedSku: sku, userErrors: [] };
      });
    },
  };
}

const MOST = 500;

interface ListArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly updatedSince?: string | null;
}

interface Guarded {
  readonly sku: string;
  readonly expectedVersion?: number | null | undefined;
}

interface Attribute {
  readonly name: string;
  readonly value: string;
  readonly unit?: string | null;
}

type ProductInput = { readonly [K in Exclude<keyof PimProduct, 'sku' | 'attributes'>]?: PimProduct[K] | null } & {
  readonly attributes?: readonly Attribute[] | null;
};

/** Lists may be empty, and are never null. */
const REQUIRED = ['texts', 'taxonomy', 'tags', 'attributes', 'assets', 'gtins', 'lifecycle'] as const;

function guarded(
  products: RecordTable<PimProduct>,
  of: Guarded,
  change: (record: StoredRecord<PimProduct>) => object,
): object {
  const record = products.get(of.sku);
  if (record === null) return refused('NOT_FOUND', `There is no product ${of.sku}.`);
  if (of.expectedVersion == null || of.expectedVersion === record.version) return change(record);
  return refused('STALE', `${of.sku} has changed: it has version ${record.version}.`);
}

function complaintAbout({ texts }: ProductInput): object | null {
  const length = texts?.title.length;
  if (length === undefined || (length > 0 && length <= 200)) return null;
  return refused('INVALID', 'A title has 1 to 200 characters.', ['input', 'texts', 'title']);
}

function storedFields({ attributes, ...others }: ProductInput): Partial<PimProduct> {
  // Input objects of the library have no prototype; what is stored is plain.
  const fields = JSON.parse(JSON.stringify(others)) as Partial<PimProduct>;
  if (!attributes) return fields;
  const stored = attributes.map(({ name, value, unit }) => [name, { value, unit: unit ?? null }]);
  return { ...fields, attributes: Object.fromEntries(stored) };
}

function show({ body, version, modifiedAt, deleted }: StoredRecord<PimProduct>): object {
  const attributes = Object.entries(body.attributes).map(([name, { value, unit }]) => ({ name, value, unit }));
  return { ...body, attributes, version, updatedAt: modifiedAt, deleted };
}

function done(record: StoredRecord<PimProduct>): object {
  return { product: show(record), userErrors: [] };
}

function refused(code: string, message: string, field: readonly string[] | null = null): object {
  return { userErrors: [{ code, message, field }] };
}

function placeIn(cursor: string): readonly [string, string] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(place) && typeof place[0] === 'string' && typeof place[1] === 'string')
      return [place[0], place[1]];
  } catch {
    // Said below.
  }
  throw badInput(`${cursor} is no cursor of this list`);
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}
