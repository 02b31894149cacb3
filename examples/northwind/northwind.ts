import type { Strategy } from '@datastores/core';
import { type Binding, type Connector, sqlPostgres } from '@datastores/sync-server';
import { customerBinding } from './bindings/customers.ts';
import { orderBinding } from './bindings/orders.ts';
import { productBinding } from './bindings/products.ts';
import { stockBinding } from './bindings/stock.ts';

/** Five random letters that no customer has yet: the ERP makes no codes by itself, and nobody may alter its tables. */
const NEW_CUSTOMER_CODE = `
  select code
  from (
    select (select string_agg(chr(65 + floor(random() * 26)::int), '') from generate_series(1, 5 + 0 * n)) as code
    from generate_series(1, 50) n
  ) candidates
  where not exists (select from public.customers where customer_id = code)
  limit 1`;

/**
 * The Northwind database as an external system. Its tables have neither change stamps nor key defaults: changes are told
 * by the row's own xmin, deletions by scans, and new keys are minted in the inserting transaction.
 */
export function northwindConnector(connectionString: string): Connector {
  return sqlPostgres({
    connectionString,
    streams: {
      products: { table: 'public.products', key: 'product_id', mode: 'xmin', mintKey: { max: true } },
      stock: {
        table: 'public.products',
        key: 'product_id',
        columns: ['product_id', 'units_in_stock', 'units_on_order', 'reorder_level'],
        mode: 'xmin',
      },
      customers: { table: 'public.customers', key: 'customer_id', mode: 'xmin', mintKey: { sql: NEW_CUSTOMER_CODE } },
      orders: {
        table: 'public.orders',
        key: 'order_id',
        mode: 'xmin',
        mintKey: { max: true },
        children: { details: { table: 'public.order_details', key: 'product_id', foreignKey: 'order_id' } },
      },
    },
  });
}

/** What its tables mean: products are the product catalog and inventory, customers customers, orders with details orders. */
export function northwindBindings(strategies?: readonly Strategy[]): readonly Binding[] {
  return [productBinding(strategies), stockBinding(strategies), customerBinding(strategies), orderBinding(strategies)];
}
