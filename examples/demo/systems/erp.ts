import type { FastifyInstance } from 'fastify';
import type { CustomerFacts } from '../seed/customers.ts';
import type { ProductFacts } from '../seed/products.ts';
import type { Sample } from '../seed/sample.ts';
import { createDemoSystem, type DemoSystem, type DemoSystemOptions } from './demo-system.ts';
import { installRecordRoutes } from './record-routes.ts';
import { createRecordTable, type RecordTable, type StoredRecord } from './record-table.ts';

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

const TEXT = { type: 'string', minLength: 1, maxLength: 200 };
const AMOUNT = { type: 'string', pattern: '^\\d{1,9},\\d{2}$' };
const FLAG = { type: 'string', enum: ['J', 'N'] };
const ARTIKEL_FIELDS = {
  Bezeichnung: TEXT,
  VkPreis: AMOUNT,
  EkPreis: AMOUNT,
  Waehrung: { type: 'string', minLength: 3, maxLength: 3 },
  SteuerKz: { type: 'string', enum: ['V', 'E'] },
  LieferantNr: TEXT,
  Meldebestand: { type: 'integer', minimum: 0 },
  Gesperrt: FLAG,
};
const DEBITOR_FIELDS = {
  Name: TEXT,
  Kreditlimit: AMOUNT,
  Zahlungsziel: { type: 'integer', minimum: 0, maximum: 365 },
  UStId: { type: 'string', nullable: true, maxLength: 20 },
  Gesperrt: FLAG,
};

/**
 * The ERP: prices, costs, tax and suppliers of articles; credit limits and terms of debtors. Lists are read by time of
 * change and number (`geaendertAb`, `nachNr`) and show deletions as records with `Geloescht: true`.
 */
export function startErp(sample: () => Sample, options: DemoSystemOptions): Promise<DemoSystem> {
  return createDemoSystem(
    {
      name: 'erp',
      install(app, db) {
        const artikel = createRecordTable<Artikel>(db, 'artikel');
        const debitoren = createRecordTable<Debitor>(db, 'debitoren');
        if (artikel.count() === 0) db.transaction(() => seed(sample(), artikel, debitoren))();
        const showArtikel = showAs<Artikel>('ArtikelNr');
        const showDebitor = showAs<Debitor>('KundenNr');
        installList(app, '/artikel', { table: artikel, show: showArtikel });
        installList(app, '/debitoren', { table: debitoren, show: showDebitor });
        const kind = { remove: 'bury', versionField: 'Version' } as const;
        installRecordRoutes(app, {
          ...kind,
          path: '/artikel',
          table: artikel,
          show: showArtikel,
          fields: ARTIKEL_FIELDS,
        });
        installRecordRoutes(app, {
          ...kind,
          path: '/debitoren',
          table: debitoren,
          show: showDebitor,
          fields: DEBITOR_FIELDS,
        });
        return () => ({ artikel: artikel.count(), debitoren: debitoren.count() });
      },
    },
    options,
  );
}

interface Listed<T> {
  readonly table: RecordTable<T>;
  readonly show: (record: StoredRecord<T>) => object;
}

function installList<T>(app: FastifyInstance, path: string, { table, show }: Listed<T>): void {
  const querystring = {
    type: 'object',
    properties: {
      geaendertAb: { type: 'string', default: '' },
      nachNr: { type: 'string', default: '' },
      anzahl: { type: 'integer', minimum: 1, maximum: 500, default: 200 },
      sortierung: { type: 'string', enum: ['aenderung', 'nummer'], default: 'aenderung' },
    },
    additionalProperties: false,
  };
  app.get(path, { schema: { querystring } }, async (request) => {
    const query = request.query as { geaendertAb: string; nachNr: string; anzahl: number; sortierung: string };
    const records =
      query.sortierung === 'nummer'
        ? table.page(query.nachNr, query.anzahl + 1)
        : table.modifiedSince(query.geaendertAb, query.nachNr, query.anzahl + 1);
    return { Daten: records.slice(0, query.anzahl).map(show), Weitere: records.length > query.anzahl };
  });
}

function showAs<T>(keyName: string): (record: StoredRecord<T>) => object {
  return (record) => ({
    [keyName]: record.key,
    ...(record.deleted ? { Geloescht: true } : record.body),
    Version: record.version,
    GeaendertAm: record.modifiedAt,
  });
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
