import type { Demo } from './start-demo.ts';

/** What the demo prints when it is ready: where everything is, and what to try. */
export async function describeDemo(demo: Demo): Promise<string> {
  const { systems, floor, url, folder, token } = demo;
  const { erp, pim, crm, wms, oms } = systems;
  const sku = await firstSku(erp.url);
  const json = `-H 'content-type: application/json'`;
  return boxed([
    `Shop floor    ${floor.url}    two tills, and switches for the systems`,
    `One till      ${floor.url}/till.html`,
    '',
    `Sync server   ${url}`,
    `Replicas      ${url}/trpc`,
    `ERP           ${erp.url}/odata           prices, costs, debtors`,
    `PIM           ${pim.url}/graphql         texts, attributes, media`,
    `CRM           ${crm.url}/api/accounts    customers`,
    `WMS           ${wms.url}/levels          stock, exchanged as files`,
    `              ${wms.exchangeFolder}`,
    `OMS           ${oms.url}/orders          orders`,
    `Data          ${folder}`,
    `Development token`,
    token,
    '',
    'Try, in a second terminal:',
    '',
    '# a price changes in the ERP; watch it arrive below',
    `curl -X PATCH "${erp.url}/odata/Artikel('${sku}')" ${json} -d '{"VkPreis":"12,34"}'`,
    '# a product gets other tags in the PIM',
    `curl ${pim.url}/graphql ${json} -d '${JSON.stringify({ query: tagged(sku) })}'`,
    '# three pieces are sold in the warehouse',
    `curl -X POST ${wms.url}/levels/BER-${sku}/add ${json} -d '{"qty":-3}'`,
    '# the ERP fails, and comes back',
    `curl -X POST ${erp.url}/demo/down`,
    `curl -X POST ${erp.url}/demo/up`,
    '# what the server thinks of all this',
    demo.statusCommand,
    '',
    'Ctrl-C stops everything; the next start goes on with the same data (npm start -- --reset begins anew).',
  ]);
}

function tagged(sku: string): string {
  return `mutation { productUpdate(sku: "${sku}", input: { tags: ["new"] }) { product { version } } }`;
}

async function firstSku(erpUrl: string): Promise<string> {
  const response = await fetch(`${erpUrl}/odata/Artikel?$orderby=ArtikelNr&$top=1`);
  const { value } = (await response.json()) as { value: readonly { ArtikelNr: string }[] };
  return value[0]?.ArtikelNr ?? 'none';
}

/** A frame without a right side: a token or a command is wider than a terminal, and must be copied without a border. */
function boxed(lines: readonly string[]): string {
  const rule = '─'.repeat(76);
  return [
    `┌${rule}`,
    ...lines.map((line) => (/^(curl|npx|eyJ)/.test(line) ? line : `│ ${line}`.trimEnd())),
    `└${rule}`,
  ].join('\n');
}
