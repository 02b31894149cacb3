import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { issuesOf, type JsonObject, type JsonValue } from '@datastores/core/schema';
import type { Binding, Connector, ExternalRecord, Ids, Stream } from '@datastores/sync-server';
import { createContext } from '@datastores/sync-server/conformance';
import { expect, test, vi } from 'vitest';
import { crmBindings } from '../../../examples/demo/bindings/crm.ts';
import { erpBindings } from '../../../examples/demo/bindings/erp.ts';
import { omsBindings } from '../../../examples/demo/bindings/oms.ts';
import { pimBindings } from '../../../examples/demo/bindings/pim.ts';
import { wmsBindings } from '../../../examples/demo/bindings/wms.ts';
import { demoConfig } from '../../../examples/demo/demo-config.ts';
import { startSystems } from '../../../examples/demo/systems/start-systems.ts';
import { temporaryFolder } from '../../support/folder.ts';

const BINDINGS = [...erpBindings, ...pimBindings, ...crmBindings, ...wmsBindings, ...omsBindings];
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

test('the systems are connected in at least four ways, and exchanged with by all strategies', async () => {
  await using demo = await startSample();
  const kinds = Object.values(demo.connectors).map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['graphql', 'files', 'webhooks+rest', 'rest']));
  const strategies = BINDINGS.flatMap((binding) => binding.strategies).map(({ kind }) => kind);
  expect([...new Set(strategies)].sort()).toEqual(['batch', 'event-driven', 'real-time', 'scheduled']);
});

interface MappedRecord {
  readonly key: string;
  readonly document: JsonObject;
}

async function startSample() {
  const folder = temporaryFolder();
  const size = { products: 120, customers: 40, orders: 60 };
  const systems = await startSystems({ folder: folder.path, ports: [0, 0, 0, 0, 0], size });
  const webhookSecret = `whsec_${Buffer.alloc(24).toString('base64')}`;
  const config = demoConfig({ systems, dataFolder: join(folder.path, 'server'), port: 0, webhookSecret });
  const connectors = Object.fromEntries(
    Object.entries(config.systems ?? {}).map(([name, { connector }]) => [name, connector as Connector]),
  );
  const streamOf = ({ system, stream }: Binding): Stream =>
    connectors[system]?.streams[stream] ?? expect.fail(`no stream ${system}/${stream}`);
  const context = createContext();
  return {
    connectors,
    async records(binding: Binding): Promise<readonly MappedRecord[]> {
      const records: MappedRecord[] = [];
      for await (const { changes } of streamOf(binding).scan?.(null, context) ?? []) {
        for (const change of changes) if (change.op === 'put') records.push(mapped(binding, change.data, change.key));
      }
      return records;
    },
    async write(binding: Binding, key: string, patch: ExternalRecord): Promise<JsonObject> {
      const stream = streamOf(binding);
      const outcomes = await stream.push?.([{ id: randomUUID(), op: 'update', key, patch }], context);
      expect(outcomes).toMatchObject([{ is: 'applied', key }]);
      // The warehouse has booked a file once it has taken it away.
      const outbox = join(systems.wms.exchangeFolder, 'outbox');
      await vi.waitFor(() => expect(readdirSync(outbox)).toEqual([]), { timeout: 10_000 });
      const item = (await stream.get([key], context)).get(key) ?? expect.fail('the record is gone');
      return mapped(binding, item.data, key).document;
    },
    async [Symbol.asyncDispose]() {
      for (const connector of Object.values(connectors)) await connector.close();
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
