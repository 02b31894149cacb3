import { meets, type OdooRow } from './odoo-domain.ts';

/** An exception of Odoo, by its class. */
export class OdooError extends Error {
  readonly odooName: string;

  constructor(odooName: string, message: string) {
    super(message);
    this.odooName = odooName;
  }
}

/** A field as `fields_get` describes it. */
export interface OdooField {
  readonly type: string;
  readonly string: string;
  readonly relation?: string;
  /** Of a one2many: the field of the children that names their parent. */
  readonly inverse?: string;
}

/** The models of the fake, and what is in them. */
export interface OdooModels {
  /** Runs a method as one transaction. Throws OdooError, and then nothing has changed. */
  call(model: string, method: string, parameters: Parameters): unknown;
  /** Rows of a model, archived ones too. */
  rows(model: string): readonly OdooRow[];
  /** A row whose transaction began now and is not seen before it is published. */
  prepare(model: string, values: Readonly<Record<string, unknown>>): { readonly id: number; publish(): void };
  clear(): void;
}

/** Parameters by name; `ids` and `context` among them. */
export type Parameters = Readonly<Record<string, unknown>>;

const LOGGED: Readonly<Record<string, OdooField>> = {
  create_date: { type: 'datetime', string: 'Created on' },
  write_date: { type: 'datetime', string: 'Last Updated on' },
};

/** What is declared: items with children, tags and a parent. */
export const MODELS: Readonly<Record<string, Readonly<Record<string, OdooField>>>> = {
  'x.item': {
    ...LOGGED,
    name: { type: 'char', string: 'Name' },
    quantity: { type: 'integer', string: 'Quantity' },
    reference: { type: 'char', string: 'Reference' },
    active: { type: 'boolean', string: 'Active' },
    price: { type: 'float', string: 'Unit Price' },
    released: { type: 'date', string: 'Released' },
    seen: { type: 'datetime', string: 'Seen' },
    picture: { type: 'binary', string: 'Picture' },
    parent_id: { type: 'many2one', string: 'Parent', relation: 'x.item' },
    line_ids: { type: 'one2many', string: 'Lines', relation: 'x.line', inverse: 'item_id' },
    tag_ids: { type: 'many2many', string: 'Tags', relation: 'x.tag' },
  },
  'x.line': {
    ...LOGGED,
    item_id: { type: 'many2one', string: 'Item', relation: 'x.item' },
    text: { type: 'char', string: 'Text' },
    amount: { type: 'float', string: 'Amount' },
  },
  'x.tag': { ...LOGGED, name: { type: 'char', string: 'Name' } },
  'ir.model.data': {
    ...LOGGED,
    module: { type: 'char', string: 'Module' },
    name: { type: 'char', string: 'External Identifier' },
    model: { type: 'char', string: 'Model Name' },
    res_id: { type: 'many2one_reference', string: 'Record ID' },
  },
};

/** Empty models. */
export function createOdooModels(): OdooModels {
  const tables = new Map(Object.keys(MODELS).map((model) => [model, new Map<number, OdooRow>()]));
  let last = 0;
  const tableOf = (model: string) => {
    const table = tables.get(model);
    if (!table) throw new OdooError('builtins.KeyError', model);
    return table;
  };
  const fieldsOf = (model: string) => MODELS[model] ?? {};
  const follow = (model: string) => (field: string, row: OdooRow) => {
    const { relation, inverse } = fieldsOf(model)[field] ?? {};
    if (relation === undefined) return null;
    const there = [...tableOf(relation).values()];
    return inverse ? there.filter((one) => one[inverse] === row.id) : there.filter((one) => one.id === row[field]);
  };
  const search = (model: string, { domain = [], limit, order = 'id', context }: Parameters): OdooRow[] => {
    const { active_test: tested = true } = (context ?? {}) as { active_test?: boolean };
    const hidden = (row: OdooRow) => tested && 'active' in fieldsOf(model) && row.active === false;
    const found = [...tableOf(model).values()].filter(
      (row) => !hidden(row) && meets(row, domain as unknown[], follow(model)),
    );
    const [field = 'id', direction] = String(order).split(' ');
    const sign = direction === 'desc' ? -1 : 1;
    found.sort((a, b) => (((a[field] ?? '') as string) < ((b[field] ?? '') as string) ? -sign : sign));
    return found.slice(0, (limit as number | undefined) ?? found.length);
  };
  const shown = (model: string, row: OdooRow, names: readonly string[]) => {
    const values = names.map((name): [string, unknown] => {
      const { type = '', relation = '' } = fieldsOf(model)[name] ?? {};
      if (type === 'one2many') return [name, (follow(model)(name, row) ?? []).map(({ id }) => id)];
      if (type === 'many2many') return [name, row[name] ?? []];
      const value = row[name] ?? (type === 'integer' || type === 'float' ? 0 : false);
      if (type === 'many2one' && value !== false) {
        return [name, [value, String(tableOf(relation).get(value as number)?.name)]];
      }
      // The database holds microseconds; what is shown are whole seconds.
      return [name, type === 'datetime' && value !== false ? String(value).slice(0, 19) : value];
    });
    return { id: row.id, ...Object.fromEntries(values) };
  };
  const set = (model: string, row: OdooRow, values: Readonly<Record<string, unknown>>) => {
    for (const [name, value] of Object.entries(values)) {
      const field = fieldsOf(model)[name];
      if (!field) throw new OdooError('builtins.ValueError', `Invalid field '${name}' on model '${model}'`);
      if (field.type === 'many2many') row[name] = ((value as unknown[][])[0] ?? [])[2];
      else if (field.type === 'one2many') setChildren(row, field, value as readonly unknown[][]);
      else row[name] = value;
    }
    row.write_date = stamp();
    check(model, row, tableOf(model));
  };
  const setChildren = (row: OdooRow, { relation = '', inverse = '' }: OdooField, commands: readonly unknown[][]) => {
    for (const [command, id, values] of commands) {
      if (command === 0) make(relation, { ...(values as object), [inverse]: row.id });
      if (command === 1) set(relation, existing(relation, id as number), values as Record<string, unknown>);
      if (command === 2) tableOf(relation).delete(id as number);
    }
  };
  const make = (model: string, values: Readonly<Record<string, unknown>>): OdooRow => {
    last += 1;
    const row: OdooRow = { id: last, active: true, create_date: stamp() };
    tableOf(model).set(row.id, row);
    set(model, row, values);
    return row;
  };
  const existing = (model: string, id: number): OdooRow => {
    const row = tableOf(model).get(id);
    if (row) return row;
    throw new OdooError('odoo.exceptions.MissingError', 'Record does not exist or has been deleted.');
  };
  const methods: Readonly<Record<string, (model: string, parameters: Parameters) => unknown>> = {
    fields_get: (model) => fieldsOf(model),
    search: (model, parameters) => search(model, parameters).map(({ id }) => id),
    search_read: (model, parameters) =>
      search(model, parameters).map((row) => shown(model, row, parameters.fields as string[])),
    create: (model, { vals_list: list }) => (list as Record<string, unknown>[]).map((values) => make(model, values).id),
    write: (model, { ids, vals }) => {
      for (const id of ids as number[]) set(model, existing(model, id), vals as Record<string, unknown>);
      return true;
    },
    unlink: (model, { ids }) => {
      for (const id of ids as number[]) tableOf(model).delete(id);
      return true;
    },
    load: (model, parameters) => load({ model, make, tableOf, set }, parameters),
  };
  const snapshot = () => [...tables].map(([model, table]) => [model, structuredClone([...table])] as const);
  return {
    call(model, method, parameters) {
      tableOf(model);
      const work = methods[method];
      if (!work) throw new OdooError('builtins.AttributeError', `The method '${model}.${method}' does not exist`);
      const before = snapshot();
      try {
        return work(model, parameters);
      } catch (error) {
        for (const [name, rows] of before) tables.set(name, new Map(rows));
        throw error;
      }
    },
    rows: (model) => [...tableOf(model).values()],
    prepare(model, values) {
      last += 1;
      const row: OdooRow = { id: last, active: true, create_date: stamp(), write_date: stamp(), ...values };
      return { id: row.id, publish: () => void tableOf(model).set(row.id, row) };
    },
    clear() {
      for (const table of tables.values()) table.clear();
    },
  };
}

/** Now, in UTC with microseconds, as PostgreSQL keeps it. */
function stamp(): string {
  const micros = String(Math.floor((performance.now() * 1_000) % 1_000)).padStart(3, '0');
  return `${new Date().toISOString().replace('T', ' ').slice(0, 23)}${micros}`;
}

function check(model: string, row: OdooRow, table: ReadonlyMap<number, OdooRow>): void {
  if (model !== 'x.item') return;
  if (String(row.name ?? '').length > 20) {
    throw new OdooError('odoo.exceptions.ValidationError', 'The "Name" of an item has at most 20 characters.');
  }
  if (row.name === 'forbidden') throw new OdooError('odoo.exceptions.UserError', 'No item may be called so.');
  if (row.name === 'secret') throw new OdooError('odoo.exceptions.AccessError', 'You are not allowed to do this.');
  const twin = [...table.values()].some((other) => other !== row && row.reference && other.reference === row.reference);
  if (twin) throw new OdooError('odoo.exceptions.ValidationError', 'The Reference must be unique.');
}

interface Loading {
  readonly model: string;
  readonly make: (model: string, values: Record<string, unknown>) => OdooRow;
  readonly set: (model: string, row: OdooRow, values: Record<string, unknown>) => void;
  readonly tableOf: (model: string) => ReadonlyMap<number, OdooRow>;
}

/** The import: texts in columns, records known by their external id, all or nothing, complaints as messages. */
function load({ model, make, set, tableOf }: Loading, { fields, data }: Parameters): unknown {
  const columns = fields as readonly string[];
  const ids: number[] = [];
  for (const [at, row] of (data as readonly string[][]).entries()) {
    const [module, name] = String(row[0]).split('.');
    const values = Object.fromEntries(columns.slice(1).map((column, of) => cell(model, column, row[of + 1] ?? '')));
    const known = [...tableOf('ir.model.data').values()].find((one) => one.module === module && one.name === name);
    const target = known && tableOf(model).get(known.res_id as number);
    try {
      if (target) set(model, target, values);
      const record = target ?? make(model, values);
      if (!target) make('ir.model.data', { module, name, model, res_id: record.id });
      ids.push(record.id);
    } catch (error) {
      if (!(error instanceof OdooError)) throw error;
      throw new LoadRefused({ type: 'error', message: error.message, record: at, rows: { from: at, to: at } });
    }
  }
  return { ids, messages: [], nextrow: 0 };
}

/** A refused import, which is rolled back and yet answered as a success. */
export class LoadRefused extends Error {
  readonly complaint: object;

  constructor(complaint: object) {
    super('refused');
    this.complaint = complaint;
  }
}

function cell(model: string, column: string, text: string): [string, unknown] {
  const [name = '', sub] = column.split('/');
  const { type = '' } = MODELS[model]?.[name] ?? {};
  if (sub === '.id') {
    const ids = text.split(',').filter(Boolean).map(Number);
    return [name, type === 'many2many' ? [[6, 0, ids]] : (ids[0] ?? false)];
  }
  if (type === 'boolean') return [name, text === '1'];
  if (text === '') return [name, false];
  return [name, type === 'integer' || type === 'float' ? Number(text) : text];
}
