import type { ODataFields, ODataRow } from './odata-table.ts';

/** A refusal in the form of an OData error. */
export class ODataRefusal extends Error {
  readonly status: number;
  readonly target: string | undefined;

  constructor(status: number, message: string, target?: string) {
    super(message);
    this.status = status;
    this.target = target;
  }
}

/** The names by which properties are filtered and sorted, and their columns. */
export const COLUMNS = new Map(
  ['ID', 'name', 'quantity', 'ref', 'modifiedAt', 'deleted', 'day', 'due'].map((name) => [name, name]),
);

/** How a record is shown. */
export interface Showing {
  /** Decimals and 64-bit numbers as text. */
  readonly exact: boolean;
  readonly select: readonly string[] | null;
  readonly lines: boolean;
  readonly tombstones: boolean;
  /** So many children at most, then a link. */
  readonly childPage: number;
}

/** A row as a record with its annotations. Null is written out. */
export function showRow(row: ODataRow, showing: Showing): Record<string, unknown> {
  const number = (text: string | null) => (text === null || showing.exact ? text : new RawNumber(text));
  const shown: Record<string, unknown> = {
    ID: row.ID,
    name: row.name,
    quantity: row.quantity,
    price: number(row.price),
    serial: number(row.serial),
    day: row.day,
    due: row.due,
    ref: row.ref,
    modifiedAt: row.modifiedAt,
    ...(showing.tombstones && { deleted: Boolean(row.deleted) }),
  };
  const { select } = showing;
  const properties = Object.entries(shown).filter(([name]) => !select || select.includes(name));
  const etag = { '@odata.id': `Items(${entityKey(row.ID)})`, '@odata.etag': etagOf(row) };
  return { ...etag, ...Object.fromEntries(properties), ...(showing.lines && linesOf(row, showing.childPage)) };
}

/** A key in an address. */
export function entityKey(id: ODataRow['ID']): string {
  return typeof id === 'number' ? String(id) : encodeURIComponent(`'${id.replaceAll("'", "''")}'`);
}

/** A weak one, as most services give. */
export function etagOf({ version }: ODataRow): string {
  return `W/"${version}"`;
}

/** Text of a body: numbers of any length are written as they are. */
export function bodyText(body: unknown): string {
  return JSON.stringify(body, (_, value: unknown) =>
    value instanceof RawNumber ? `\u0001${value.text}\u0001` : value,
  ).replaceAll(/"\\u0001([^"\\]*)\\u0001"/g, '$1');
}

/** Checks the properties of a write. Throws ODataRefusal with the property in `target`. */
export function fieldsOf(body: unknown, exact: boolean): ODataFields {
  if (typeof body !== 'object' || body === null) throw new ODataRefusal(400, 'a record must be an object');
  const { Lines, ...fields } = body as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (!WRITABLE.includes(name)) throw new ODataRefusal(400, `there is no property ${name}`, name);
    if (NUMBERS.includes(name) && value !== null && (typeof value === 'string') !== exact) {
      throw new ODataRefusal(400, `${name} must be a ${exact ? 'text' : 'number'}`, name);
    }
  }
  const { name, quantity } = fields;
  if (typeof name === 'string' && name.length > 20) throw new ODataRefusal(400, 'name may have 20 characters', 'name');
  if (quantity !== undefined && !Number.isInteger(quantity)) {
    throw new ODataRefusal(400, 'quantity must be a whole number', `in/quantity`);
  }
  const numbers = NUMBERS.filter((one) => fields[one] !== undefined && fields[one] !== null);
  const texts = Object.fromEntries(numbers.map((one) => [one, String(fields[one])]));
  return { ...fields, ...texts, ...(Lines !== undefined && { lines: JSON.stringify(Lines) }) };
}

const NUMBERS = ['price', 'serial'];
const WRITABLE = ['ID', 'name', 'quantity', 'price', 'serial', 'day', 'due', 'ref'];

function linesOf(row: ODataRow, childPage: number): Record<string, unknown> {
  const lines = JSON.parse(row.lines) as unknown[];
  const rest =
    lines.length > childPage ? { 'Lines@odata.nextLink': `Items(${entityKey(row.ID)})/Lines?$skip=${childPage}` } : {};
  return { Lines: lines.slice(0, childPage), ...rest };
}

/** A JSON number that a JavaScript number would round. */
class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
