import { issuesOf, type JsonObject, type JsonValue } from '@datastores/core/schema';
import type { Binding, ExternalRecord, Ids } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { crmBindings } from '../../../examples/demo/bindings/crm.ts';
import { erpBindings } from '../../../examples/demo/bindings/erp.ts';
import { omsBindings } from '../../../examples/demo/bindings/oms.ts';
import { pimBindings } from '../../../examples/demo/bindings/pim.ts';
import { wmsBindings } from '../../../examples/demo/bindings/wms.ts';
import { startSystems } from '../../../examples/demo/systems/start-systems.ts';
import { temporaryFolder } from '../../support/folder.ts';

const BINDINGS = [...erpBindings, ...pimBindings, ...crmBindings, ...wmsBindings, ...omsBindings];
const LISTS: Readonly<Record<string, readonly [path: string, field: string, key: string]>> = {
  'erp/artikel': ['/odata/Artikel', 'value', 'ArtikelNr'],
  'erp/debitoren': ['/odata/Debitoren', 'value', 'KundenNr'],
  'pim/products': ['/v1/products?limit=500', 'items', 'sku'],
  'crm/accounts': ['/api/accounts?page_size=200', 'data', 'account_number'],
  'wms/levels': ['/levels?limit=500', 'levels', 'id'],
  'oms/orders': ['/orders?count=250', 'orders', 'orderNumber'],
};
const NO_IDS: Ids = {
  here: () => expect.fail('the demo refers by number'),
  there: () => expect.fail('the demo refers by number'),
};

test('every record of every system passes its record schema and becomes a valid document', async () => {
  await using demo = await startSample();
  for (const binding of BINDINGS) {
    const records = await demo.records(binding);
    expect(records.length, `${binding.system}/${binding.stream}`).toBeGreaterThan(10);
    for (const { document } of records) {
      expect(issuesOf(binding.datastore, document), JSON.stringify(document)).toEqual([]);
      expect(Object.keys(document).filter((field) => field !== 'id' && !(field in binding.fields))).toEqual([]);
    }
  }
});

test('writing back all that may be written is accepted by the system and changes nothing in the document', async () => {
  await using demo = await startSample();
  for (const binding of BINDINGS) {
    const [first] = await demo.records(binding);
    if (first === undefined) expect.fail('no record');
    const patch = binding.toRecord?.(writable(binding, first.document), first.document, NO_IDS) ?? {};
    expect(Object.keys(patch).length, `${binding.system}/${binding.stream} writes something`).toBeGreaterThan(0);
    const written = await demo.write(binding, first.key, patch);
    expect(written, `${binding.system}/${binding.stream}`).toEqual(first.document);
  }
});

test('records of two systems about one thing arrive at one document', async () => {
  await using demo = await startSample();
  const idsOf = async (name: string) => {
    const binding = BINDINGS.find(({ system, stream }) => `${system}/${stream}` === name) as Binding;
    return (await demo.records(binding)).map(({ document }) => document.id).sort();
  };
  expect(await idsOf('erp/artikel')).toEqual(await idsOf('pim/products'));
  expect(await idsOf('erp/debitoren')).toEqual(await idsOf('crm/accounts'));
});

test('orders and stock refer to products and customers by the ids that these have', async () => {
  await using demo = await startSample();
  const documents = async (name: string): Promise<readonly JsonObject[]> => {
    const binding = BINDINGS.find(({ system, stream }) => `${system}/${stream}` === name) as Binding;
    return (await demo.records(binding)).map(({ document }) => document);
  };
  const products = new Set((await documents('pim/products')).map(({ id }) => id));
  const customers = new Set((await documents('crm/accounts')).map(({ id }) => id));
  for (const level of await documents('wms/levels')) expect(products.has(level.productId)).toBe(true);
  for (const order of await documents('oms/orders')) {
    expect(customers.has(order.customerId)).toBe(true);
    for (const line of order.lines as readonly JsonObject[]) expect(products.has(line.productId)).toBe(true);
  }
});

interface MappedRecord {
  readonly key: string;
  readonly document: JsonObject;
}

async function startSample() {
  const folder = temporaryFolder();
  const size = { products: 120, customers: 40, orders: 60 };
  const systems = await startSystems({ folder: folder.path, ports: [0, 0, 0, 0, 0], size });
  const urlOf = ({ system }: Binding) => systems[system as 'erp' | 'pim' | 'crm' | 'wms' | 'oms'].url;
  return {
    async records(binding: Binding): Promise<readonly MappedRecord[]> {
      const [path, field, keyField] = LISTS[`${binding.system}/${binding.stream}`] ?? expect.fail('unknown stream');
      const page = (await (await fetch(urlOf(binding) + path)).json()) as Record<string, ExternalRecord[]>;
      return (page[field] ?? []).map((record) => mapped(binding, record, String(record[keyField])));
    },
    async write(binding: Binding, key: string, patch: ExternalRecord): Promise<JsonObject> {
      const [path] = LISTS[`${binding.system}/${binding.stream}`] ?? expect.fail('unknown stream');
      const one = binding.system === 'erp' ? `${path}('${key}')` : `${path.split('?')[0]}/${key}`;
      const response = await fetch(urlOf(binding) + one, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(patch),
      });
      const record = (await response.json()) as ExternalRecord;
      expect(response.status, JSON.stringify(record)).toBe(200);
      return mapped(binding, record, key).document;
    },
    async [Symbol.asyncDispose]() {
      await systems.close();
      folder[Symbol.dispose]();
    },
  };
}

function mapped(binding: Binding, record: ExternalRecord, key: string): MappedRecord {
  const checked = binding.record?.['~standard'].validate(record);
  if (checked === undefined || checked instanceof Promise || checked.issues !== undefined) {
    expect.fail(`${binding.system}/${binding.stream} ${key}: ${JSON.stringify(checked)}`);
  }
  const fields = Object.entries(binding.toDocument(checked.value, NO_IDS));
  const said = fields.filter(([, value]) => value !== undefined && value !== null) as [string, JsonValue][];
  const id = binding.idFor?.(checked.value, key) ?? expect.fail('no id');
  return { key, document: { id, ...Object.fromEntries(said) } };
}

/** The fields of a document that the binding pushes, quantities excepted: those travel as differences. */
function writable(binding: Binding, document: JsonObject): JsonObject {
  const isWritable = (field: string) => {
    const rule = binding.fields[field];
    return rule !== undefined && 'merge' in rule && rule.merge !== 'sum';
  };
  return Object.fromEntries(Object.entries(document).filter(([field]) => isWritable(field)));
}
