import { realTime, scheduled } from '@datastores/core';
import { customers, type JsonValue, productCatalog } from '@datastores/core/schema';
import { type Binding, type Connector, type ODataOptions, odata } from '@datastores/sync-server';
import * as z from 'zod';
import { asPatch } from './as-patch.ts';
import { customerIdOf, productIdOf } from './ids.ts';
import { OVERLAP_MS } from './overlap.ts';
import { typedBinding } from './typed-binding.ts';

const amount = z.string().regex(/^\d+,\d{2}$/);
const artikel = z.object({
  ArtikelNr: z.string(),
  Bezeichnung: z.string(),
  VkPreis: amount,
  EkPreis: amount,
  Waehrung: z.string(),
  SteuerKz: z.enum(['V', 'E']),
  LieferantNr: z.string(),
  Meldebestand: z.int(),
  Gesperrt: z.enum(['J', 'N']),
});
const debitor = z.object({
  KundenNr: z.string(),
  Name: z.string(),
  Kreditlimit: amount,
  Zahlungsziel: z.int(),
  UStId: z.string().nullable(),
  Gesperrt: z.enum(['J', 'N']),
});

/** How the ERP is reached: an OData service, read by time of change and number, written in batches guarded by ETag. */
export function erpConnector(baseUrl: string): Connector {
  const stream = (set: string, key: string): ODataOptions['streams'][string] => ({
    set,
    key,
    pageSize: 500,
    changes: { by: 'stamp', property: 'GeaendertAm', tombstone: 'Geloescht', overlapMs: OVERLAP_MS },
    scan: 'ordinal',
    update: true,
  });
  return odata({
    serviceRoot: `${baseUrl}/odata`,
    batch: { max: 50 },
    streams: { artikel: stream('Artikel', 'ArtikelNr'), debitoren: stream('Debitoren', 'KundenNr') },
  });
}

/**
 * The ERP decides price, cost, tax class and supplier of a product, and credit limit of a customer. Its short text and
 * its block flag stand in only until PIM and CRM have spoken (rank 2).
 */
export const erpBindings: readonly Binding[] = [
  typedBinding({
    system: 'erp',
    stream: 'artikel',
    datastore: productCatalog,
    record: artikel,
    mapping: 1,
    idFor: ({ ArtikelNr }) => productIdOf(ArtikelNr),
    toDocument: (record) => ({
      sku: record.ArtikelNr,
      name: record.Bezeichnung,
      status: record.Gesperrt === 'J' ? 'discontinued' : 'active',
      price: toCents(record.VkPreis),
      cost: toCents(record.EkPreis),
      currency: record.Waehrung,
      taxClass: record.SteuerKz === 'E' ? 'reduced' : 'standard',
      supplierId: record.LieferantNr,
      reorderLevel: record.Meldebestand,
    }),
    toRecord: ({ reorderLevel }) => (reorderLevel === undefined ? {} : { Meldebestand: reorderLevel ?? 0 }),
    fields: {
      sku: { from: 'there', rank: 2 },
      name: { from: 'there', rank: 2 },
      status: { from: 'there', rank: 2 },
      price: { from: 'there' },
      cost: { from: 'there' },
      currency: { from: 'there' },
      taxClass: { from: 'there' },
      supplierId: { from: 'there' },
      reorderLevel: { merge: 'there' },
    },
    creates: false,
    deletes: false,
    strategies: [realTime({ pollMs: 1_000 }), scheduled('17 3 * * *')],
  }),
  typedBinding({
    system: 'erp',
    stream: 'debitoren',
    datastore: customers,
    record: debitor,
    mapping: 1,
    idFor: ({ KundenNr }) => customerIdOf(KundenNr),
    toDocument: (record) => ({
      name: record.Name,
      status: record.Gesperrt === 'J' ? 'blocked' : 'active',
      creditLimit: toCents(record.Kreditlimit),
      paymentTerms: record.Zahlungsziel === 0 ? 'in advance' : `${record.Zahlungsziel} days`,
      vatId: record.UStId,
    }),
    toRecord: ({ paymentTerms, vatId }) =>
      asPatch({
        Zahlungsziel: paymentTerms === undefined ? undefined : toDays(paymentTerms),
        UStId: vatId,
      }),
    fields: {
      name: { from: 'there', rank: 2 },
      status: { from: 'there', rank: 2 },
      creditLimit: { from: 'there' },
      paymentTerms: { merge: 'there' },
      vatId: { merge: 'there' },
    },
    creates: false,
    deletes: false,
    strategies: [realTime({ pollMs: 1_000 }), scheduled('27 3 * * *')],
  }),
];

/** "19,99" → 1999. */
function toCents(amountText: string): number {
  return Number(amountText.replace(',', ''));
}

function toDays(terms: JsonValue): number {
  const days = /^(\d{1,3}) days$/.exec(String(terms))?.[1];
  return days === undefined ? 0 : Number(days);
}
