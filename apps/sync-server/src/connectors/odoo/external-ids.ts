import type { JsonValue } from '@datastores/core/schema';
import type { Context } from '../connector.ts';
import { madeOf, resultOf, unknown } from '../model-rpc/answer.ts';
import type { CreateMarks, Field, Made, NewRecord } from '../model-rpc/orm.ts';
import { isObject, rowsIn } from '../model-rpc/results.ts';
import type { OdooApi } from './call.ts';
import { textIn } from './error.ts';

/**
 * Creates by the import of Odoo, which makes a record and its external id in one transaction. The id is made from the
 * reference of the create, and unique in Odoo: a repeat meets the record that is there.
 */
export function createExternalIds(ask: OdooApi): CreateMarks {
  const find = async (model: string, refs: readonly string[], context: Context) => {
    const names = refs.map(nameOf);
    const domain = [
      ['module', '=', MODULE],
      ['model', '=', model],
      ['name', 'in', names],
    ];
    const named = { domain, fields: ['name', 'res_id'], limit: names.length };
    const answer = await ask({ model: 'ir.model.data', method: 'search_read', named }, context);
    const rows = rowsIn(resultOf(answer, 'ir.model.data.search_read'), 'ir.model.data');
    const byName = new Map(rows.map((row) => [String(row.name), Number(row.res_id)]));
    return new Map(refs.flatMap((ref) => (byName.has(nameOf(ref)) ? [[ref, byName.get(nameOf(ref)) ?? 0]] : [])));
  };
  return {
    find,
    async create(model, records, context) {
      const refs = records.map(({ ref }) => ref);
      // The import would write over what has become of the records of an earlier attempt.
      const there = await find(model, refs, context);
      const missing = records.filter(({ ref }) => !there.has(ref));
      const made = new Map(there);
      for (const group of groupByFields(missing)) {
        const loaded = await load(ask, { model, records: group }, context);
        if (loaded.is !== 'made') return loaded;
        for (const [at, { ref }] of group.entries()) made.set(ref, loaded.ids[at] ?? 0);
      }
      return { is: 'made', ids: refs.map((ref) => made.get(ref) ?? 0) };
    },
  };
}

/** Name of the module that external ids are kept under; no real module may be called so. */
const MODULE = '__datastores__';

/** A dot would separate module and name. */
function nameOf(ref: string): string {
  return ref.replace(/[^A-Za-z0-9_-]/g, (sign) => `_${(sign.codePointAt(0) ?? 0).toString(16)}_`);
}

/** An import has one set of columns; what is empty in it would empty a default. */
function groupByFields(records: readonly NewRecord[]): NewRecord[][] {
  const groups = new Map<string, NewRecord[]>();
  for (const record of records) {
    const names = Object.keys(record.values).sort().join(',');
    groups.set(names, [...(groups.get(names) ?? []), record]);
  }
  return [...groups.values()];
}

async function load(
  ask: OdooApi,
  { model, records }: { readonly model: string; readonly records: readonly NewRecord[] },
  context: Context,
): Promise<Made> {
  const fields = [...(records[0]?.fields ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const columns = ['id', ...fields.map(({ name, type }) => (RELATED.has(type) ? `${name}/.id` : name))];
  const rows = records.map(({ ref, values }) => [
    `${MODULE}.${nameOf(ref)}`,
    ...fields.map((field) => cellOf(field, values[field.name] ?? null)),
  ]);
  const answer = await ask({ model, method: 'load', positional: { fields: columns, data: rows } }, context);
  if (answer.is !== 'result') return madeOf(answer);
  const { ids, messages } = isObject(answer.result) ? answer.result : {};
  if (Array.isArray(ids) && ids.length === records.length) return { is: 'made', ids: ids.map(Number) };
  const told = Array.isArray(messages) ? (messages as readonly JsonValue[]).filter(isObject) : [];
  const complaint = told.find(({ type }) => type === 'error') ?? told[0];
  if (!complaint) return madeOf(unknown('The import of Odoo did not say what it did.', 'shape'));
  const [field = ''] = textIn(complaint.field).split('/');
  const message = textIn(complaint.message);
  if (field === '') return { is: 'refused', refusal: { is: 'rejected', reason: message } };
  const reason = message.includes(field) ? message : `${field}: ${message}`;
  return { is: 'refused', refusal: { is: 'rejected', reason, field } };
}

const RELATED = new Set(['many2one', 'many2many', 'one2many']);

/** An encoded value as the text of a cell. Times are UTC, as the context of the call says. */
function cellOf(field: Field, value: JsonValue): string {
  if (field.type === 'boolean') return value === true ? '1' : '0';
  if (value === false || value === null) return '';
  if (field.type === 'many2many' && Array.isArray(value)) {
    const [, , ids] = (value as readonly (readonly JsonValue[])[])[0] ?? [];
    return Array.isArray(ids) ? ids.join(',') : '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
