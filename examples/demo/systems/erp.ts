import * as z from 'zod';
import type { CustomerFacts } from '../seed/customers.ts';
import type { ProductFacts } from '../seed/products.ts';
import type { Sample } from '../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from './demo-system.ts';
import { entitySet } from './odata/entity-set.ts';
import { installOData } from './odata/install-odata.ts';
import { createRecordTable, type RecordTable } from './record-table.ts';

/** An article as the ERP keeps it: German names, amounts as text with a decimal comma, flags `J` and `N`. */
interface Artikel {
  readonly Bezeichnung: string;
  readonly VkPreis: string;
  readonly EkPreis: string;
  readonly Waehrung: string;
  /** V: full rate, E: reduced rate. */
  readonly SteuerKz: 'V' | 'E';
  readonly LieferantNr: string;
  readonly Meldebestand: number;
  readonly Gesperrt: 'J' | 'N';
}

/** A debtor account. */
interface Debitor {
  readonly Name: string;
  readonly Kreditlimit: string;
  /** Days; 0: payment in advance. */
  readonly Zahlungsziel: number;
  readonly UStId: string | null;
  readonly Gesperrt: 'J' | 'N';
}

const text = z.string().min(1).max(200);
const amount = z.string().regex(/^\d{1,9},\d{2}$/, 'must look like 1234,56');
const flag = z.enum(['J', 'N']);
const artikelFields = z.strictObject({
  Bezeichnung: text,
  VkPreis: amount,
  EkPreis: amount,
  Waehrung: z.string().length(3),
  SteuerKz: z.enum(['V', 'E']),
  LieferantNr: text,
  Meldebestand: z.int().nonnegative(),
  Gesperrt: flag,
});
const debitorFields = z.strictObject({
  Name: text,
  Kreditlimit: amount,
  Zahlungsziel: z.int().nonnegative().max(365),
  UStId: z.string().max(20).nullable(),
  Gesperrt: flag,
});

/**
 * The ERP: prices, costs, tax and suppliers of articles; credit limits and terms of debtors. It is an OData v4 service at
 * `/odata`, with the sets `Artikel` and `Debitoren`; deleted records stay in them with `Geloescht: true`.
 */
export function startErp(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'erp',
      install(app, db) {
        const artikel = createRecordTable<Artikel>(db, 'artikel');
        const debitoren = createRecordTable<Debitor>(db, 'debitoren');
        if (artikel.count() === 0) db.transaction(() => seed(sample(), artikel, debitoren))();
        const stamps = { stamp: 'GeaendertAm', tombstone: 'Geloescht' };
        installOData(app, [
          entitySet({ ...stamps, name: 'Artikel', key: 'ArtikelNr', table: artikel, fields: artikelFields }),
          entitySet({ ...stamps, name: 'Debitoren', key: 'KundenNr', table: debitoren, fields: debitorFields }),
        ]);
        return () => ({ artikel: artikel.count(), debitoren: debitoren.count() });
      },
    },
    options,
  );
}

function seed(sample: Sample, artikel: RecordTable<Artikel>, debitoren: RecordTable<Debitor>): void {
  for (const product of sample.products) artikel.put(product.sku, toArtikel(product));
  for (const customer of sample.customers) debitoren.put(customer.number, toDebitor(customer));
}

function toArtikel(product: ProductFacts): Artikel {
  return {
    Bezeichnung: product.name.slice(0, 40),
    VkPreis: toAmount(product.price),
    EkPreis: toAmount(product.cost),
    Waehrung: 'EUR',
    SteuerKz: product.taxClass === 'reduced' ? 'E' : 'V',
    LieferantNr: product.supplier,
    Meldebestand: 10,
    Gesperrt: product.status === 'discontinued' ? 'J' : 'N',
  };
}

function toDebitor(customer: CustomerFacts): Debitor {
  return {
    Name: customer.name,
    Kreditlimit: toAmount(customer.creditLimit),
    Zahlungsziel: customer.paymentDays,
    UStId: customer.vatId,
    Gesperrt: customer.status === 'blocked' ? 'J' : 'N',
  };
}

function toAmount(cents: number): string {
  return (cents / 100).toFixed(2).replace('.', ',');
}
