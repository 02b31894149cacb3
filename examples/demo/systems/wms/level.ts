import type { StockFacts } from '../../seed/stock.ts';
import type { StoredRecord } from '../record-table.ts';

/** The stock of an item in a warehouse, as the warehouse system keeps it. */
export interface Level {
  readonly item: string;
  readonly warehouse: string;
  readonly qty: number;
  readonly qtyReserved: number;
  readonly qtyAllocated: number;
  readonly qtyInbound: number;
  readonly minQty: number;
  readonly slot: string | null;
  readonly reservations: readonly { readonly no: string; readonly order: string | null; readonly qty: number }[];
  readonly picks: readonly {
    readonly no: string;
    readonly order: string;
    readonly pos: number;
    readonly qty: number;
  }[];
  readonly shipments: readonly {
    readonly no: string;
    readonly order: string;
    readonly qty: number;
    readonly state: 'PICK' | 'PACK' | 'SENT' | 'DONE' | 'VOID';
    readonly carrier: string | null;
    readonly track: string | null;
  }[];
}

/** The quantities of a level. */
export type Amounts = Partial<Record<(typeof AMOUNTS)[number], number>>;

/** Names of the quantities. */
export const AMOUNTS = ['qty', 'qtyReserved', 'qtyAllocated', 'qtyInbound'] as const;

/** Key and body of a new level. */
export function makeLevel(input: Partial<Level>): { key: string; body: Level } {
  const body = { ...EMPTY, ...input };
  return { key: `${body.warehouse}-${body.item}`, body };
}

/** A level with its quantities changed by differences. */
export function withAmounts(level: Level, amounts: Amounts): Level {
  const sums = AMOUNTS.map((name) => [name, level[name] + (amounts[name] ?? 0)]);
  return { ...level, ...Object.fromEntries(sums) };
}

/** A level as the HTTP interface shows it. */
export function showLevel(record: StoredRecord<Level>): object {
  return { id: record.key, ...record.body, rev: record.version, changedAt: Date.parse(record.modifiedAt) };
}

/** The stock of the sample as the warehouse system keeps it. */
export function toLevel(stock: StockFacts): Level {
  return {
    ...EMPTY,
    item: stock.sku,
    warehouse: stock.location,
    qty: stock.onHand,
    qtyReserved: stock.reserved,
    qtyAllocated: stock.allocated,
    qtyInbound: stock.incoming,
    minQty: stock.reorderLevel,
    slot: stock.bin,
    reservations: stock.reserved > 0 ? [{ no: `R-${stock.bin}`, order: null, qty: stock.reserved }] : [],
    picks: stock.allocated > 0 ? [{ no: `P-${stock.bin}`, order: 'SO-20001', pos: 1, qty: stock.allocated }] : [],
  };
}

const EMPTY: Level = {
  item: '',
  warehouse: '',
  qty: 0,
  qtyReserved: 0,
  qtyAllocated: 0,
  qtyInbound: 0,
  minQty: 0,
  slot: null,
  reservations: [],
  picks: [],
  shipments: [],
};
