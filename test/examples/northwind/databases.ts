import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';

/** A database of the kind that the Northwind bindings know, and what a replica must find in it. */
export interface SampleDatabase {
  readonly name: string;
  readonly load: (client: Client) => Promise<void>;
  readonly counts: {
    readonly products: number;
    readonly customers: number;
    readonly orders: number;
    readonly lines: number;
  };
}

const FILE =
  process.env.NORTHWIND_SQL ??
  resolve(fileURLToPath(new URL('../../../..', import.meta.url)), 'shared/data/northwind.sql');

/** The public Northwind sample, where its file lies beside the repository; null where it does not. */
export const northwind: SampleDatabase | null = existsSync(FILE)
  ? {
      name: 'northwind',
      load: async (client) => void (await client.query(readFileSync(FILE, 'utf8'))),
      counts: { products: 77, customers: 91, orders: 830, lines: 2_155 },
    }
  : null;

const PRODUCTS = 60;
const CUSTOMERS = 45;
const ORDERS = 300;

/** A schema of the same age with generated data: no stamps, no key defaults, prices as real, details under a joint key. */
export const legacy: SampleDatabase = {
  name: 'legacy',
  counts: { products: PRODUCTS, customers: CUSTOMERS, orders: ORDERS, lines: ORDERS * 3 },
  load: async (client) => {
    await client.query(`
      create table products (product_id smallint primary key, product_name varchar(40) not null, supplier_id smallint,
        category_id smallint, quantity_per_unit varchar(20), unit_price real, units_in_stock smallint,
        units_on_order smallint, reorder_level smallint, discontinued integer not null);
      create table customers (customer_id varchar(5) primary key, company_name varchar(40) not null,
        contact_name varchar(30), contact_title varchar(30), address varchar(60), city varchar(15), region varchar(15),
        postal_code varchar(10), country varchar(15), phone varchar(24), fax varchar(24));
      create table orders (order_id smallint primary key, customer_id varchar(5) references customers,
        employee_id smallint, order_date date, required_date date, shipped_date date, ship_via smallint, freight real,
        ship_name varchar(40), ship_address varchar(60), ship_city varchar(15), ship_region varchar(15),
        ship_postal_code varchar(10), ship_country varchar(15));
      create table order_details (order_id smallint references orders, product_id smallint references products,
        unit_price real not null, quantity smallint not null, discount real not null,
        primary key (order_id, product_id));
      insert into products select n, 'Product ' || n, n % 7 + 1, n % 8 + 1, n || ' pieces', (n * 7 % 400) / 10.0 + 0.5,
        n * 13 % 120, 0, 10, (n % 9 = 0)::int from generate_series(1, ${PRODUCTS}) n;
      insert into customers select 'C' || lpad(n::text, 4, '0'), 'Company ' || n, 'Contact ' || n, 'Owner', n || ' Street',
        'Town', null, lpad(n::text, 5, '0'), 'Germany', '030-' || n, null from generate_series(1, ${CUSTOMERS}) n;
      insert into orders select 10000 + n, 'C' || lpad((n % ${CUSTOMERS} + 1)::text, 4, '0'), 1,
        date '1996-07-04' + n, date '1996-08-01' + n, case when n % 5 > 0 then date '1996-07-09' + n end, n % 3 + 1,
        n % 90 + 0.25, 'Company', 'Street', 'Town', null, '10115', 'Germany' from generate_series(1, ${ORDERS}) n;
      insert into order_details select 10000 + n, (n * 3 + k * 17) % ${PRODUCTS} + 1, k * 2.5 + 1, k + 1, k * 0.05
        from generate_series(1, ${ORDERS}) n, generate_series(0, 2) k;`);
  },
};
