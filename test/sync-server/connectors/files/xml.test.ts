import { createContext } from '@datastores/sync-server/conformance';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { exchangeFolder } from './exchange-folder.ts';

const XML: FilesOptions['streams'][string] = {
  format: { is: 'xml', record: 'product', root: 'products' },
  key: 'sku',
  fields: {
    sku: { from: '@sku' },
    name: {},
    price: { from: 'prices/net', type: 'number' },
    tags: { from: 'tag', type: 'json' },
  },
  inbox: { full: 'products-*.xml' },
  outbox: { rows: 'changed' },
};

test('elements, attributes, lists, entities, CDATA and nil are read', async () => {
  await using folder = exchangeFolder();
  folder.drop(
    'products-1.xml',
    `<?xml version="1.0" encoding="UTF-8"?><!-- all -->
     <catalog xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><group>
       <product sku="1"><name>A &amp; B &#228; <![CDATA[<c>]]></name><prices><net>1.5</net><gross>2</gross></prices></product>
       <product sku="2"><name xsi:nil="true"/><prices><net/></prices><tag>"x"</tag></product>
       <product sku="3"><name>c</name><tag>1</tag><tag>2</tag></product>
     </group></catalog>`,
  );
  expect(await folder.server({ items: XML }).records()).toEqual({
    '1': { sku: '1', name: 'A & B ä <c>', price: 1.5 },
    '2': { sku: '2', name: null, price: null, tags: 'x' },
    '3': { sku: '3', name: 'c', tags: ['1', '2'] },
  });
});

const LAUGHS = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
  { length: 9 },
  (_, at) => `<!ENTITY lol${at + 1} "${`&lol${at || ''};`.repeat(10)}">`,
).join('')}]><c><product sku="1"><name>&lol9;</name></product></c>`;

test.each<[string, string, RegExp]>([
  ['that grows by its entities', LAUGHS, /document type/],
  [
    'that names a file',
    '<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]><c><product sku="1"><name>&x;</name></product></c>',
    /document type/,
  ],
  [
    'with a document type on a server',
    '<!DOCTYPE c SYSTEM "http://127.0.0.1:1/c.dtd"><c><product sku="1"/></c>',
    /document type/,
  ],
  ['with an unknown entity', '<c><product sku="1"><name>&x;</name></product></c>', /well-formed/],
  ['that is cut off', '<c><product sku="1"><name>a</name></product>', /well-formed/],
  ['with tags that do not match', '<c><product sku="1"><name>a</product></name></c>', /well-formed/],
  ['in another encoding', '<?xml version="1.0" encoding="Shift_JIS"?><c><product sku="1"/></c>', /encoding Shift_JIS/],
  ['without a record', '<c/>', /minRows/],
])('a document %s is refused as a whole', async (_name, content, reason) => {
  await using folder = exchangeFolder();
  folder.drop('products-1.xml', content);
  expect(await folder.server({ items: XML }).records()).toEqual({});
  expect(folder.report()[0]?.refused).toMatch(reason);
});

test('a record that does not fit is reported with its line, and the others are applied', async () => {
  await using folder = exchangeFolder();
  folder.drop(
    'products-1.xml',
    `<c>\n<product sku="1"><prices><net>much</net></prices></product>\n<product><name>x</name></product>\n<product sku="3"/>\n</c>`,
  );
  expect(Object.keys(await folder.server({ items: XML }).records())).toEqual(['3']);
  expect(folder.report().slice(1)).toMatchObject([
    { line: 2, reason: 'price: "much" is no number' },
    { line: 3, reason: 'has no key in @sku' },
  ]);
});

test('what is handed over in XML says null and text so that it is read as it was', async () => {
  await using folder = exchangeFolder();
  const { stream } = folder.server({ items: XML });
  const data = { name: `<a & "b">\n'c'`, price: 2.5, tags: null };
  expect(await stream.push?.([{ id: 'w1', op: 'create', ref: 'r1', data }], createContext())).toMatchObject([
    { is: 'applied', key: 'r1', item: { data: { sku: 'r1', ...data } } },
  ]);
  const [name = ''] = folder.names('outbox');
  const content = folder.text(`outbox/${name}`);
  expect(content).toContain('<product sku="r1"><operation>create</operation><write_id>w1</write_id>');
  expect(content).toContain('<prices><net>2.5</net></prices><tag xsi:nil="true"/>');
  folder.drop('products-1.xml', content);
  expect(await folder.server({ items: XML }, { name: 'two' }).records()).toMatchObject({ r1: { sku: 'r1', ...data } });
  expect(
    await stream.push?.([{ id: 'w2', op: 'create', ref: 'r2', data: { name: 'a\u0001' } }], createContext()),
  ).toMatchObject([{ is: 'rejected', field: 'name', reason: expect.stringContaining('control character') }]);
});
