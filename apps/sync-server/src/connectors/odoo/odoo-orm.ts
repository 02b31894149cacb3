import type { JsonValue } from '@datastores/core/schema';
import type { Context } from '../connector.ts';
import { type Answer, madeOf, resultOf } from '../model-rpc/answer.ts';
import type { ChangedRecord, Orm } from '../model-rpc/orm.ts';
import { describeFields, rowsIn, wholeNumbers } from '../model-rpc/results.ts';
import type { OdooApi, OdooCall } from './call.ts';
import { createExternalIds } from './external-ids.ts';
import { createJson2 } from './json-2.ts';
import { createJsonRpc } from './json-rpc.ts';
import type { ParsedOptions } from './options.ts';
import { decodeValue, encodeTime, encodeValue, stampOf } from './value.ts';

/** Odoo as a system of models. */
export function createOdooOrm(options: ParsedOptions): Orm {
  const ask: OdooApi = options.api === 'json-2' ? createJson2(options) : createJsonRpc(options);
  const read = async (call: OdooCall, context: Context) => {
    const answer: Answer = await ask(call, context);
    const result = resultOf(answer, `${call.model}.${call.method}`);
    return { result, clock: answer.is === 'result' ? answer.clock : null };
  };
  return {
    name: 'odoo',
    stamps: ['write_date'],
    guarded: false,
    // A call gives all of its records the same values.
    updatesAtOnce: 1,
    async describe(model, context) {
      const named = { attributes: ['type', 'string', 'relation', 'size'] };
      return describeFields((await read({ model, method: 'fields_get', named }, context)).result, model);
    },
    async read({ model, domain, fields, limit }, context) {
      const named = { domain, fields: [...fields, 'write_date'], limit, order: 'id' };
      return rowsIn((await read({ model, method: 'search_read', named }, context)).result, model);
    },
    async search({ model, domain, limit }, context) {
      const call = { model, method: 'search', positional: { domain }, named: { limit, order: 'id' } };
      return wholeNumbers((await read(call, context)).result, model);
    },
    async newest(model, context) {
      const domain = [['write_date', '!=', false]];
      const named = { domain, fields: ['write_date'], limit: 1, order: 'write_date desc' };
      const { result, clock } = await read({ model, method: 'search_read', named }, context);
      return { stamp: stampOf(rowsIn(result, model)[0]?.write_date), clock };
    },
    async create(model, records, context) {
      const positional = { vals_list: records.map(({ values }) => values) };
      const answer = await ask({ model, method: 'create', positional }, context);
      return madeOf(answer, (result) => wholeNumbers(result, model));
    },
    async update(model, records, context) {
      const [record] = records as readonly [ChangedRecord];
      const positional = { vals: record.values };
      return madeOf(await ask({ model, method: 'write', ids: [record.id], positional }, context));
    },
    async remove(model, records, context) {
      return madeOf(await ask({ model, method: 'unlink', ids: records.map(({ id }) => id) }, context));
    },
    // Odoo tells whole seconds, in which much can happen.
    version: () => undefined,
    anyOf: (conditions) => [...conditions.slice(1).map(() => '|'), ...conditions],
    // Complete expressions that follow each other all have to be met.
    allOf: (domains) => domains.flat(),
    time: encodeTime,
    decode: decodeValue,
    encode: encodeValue,
    relate: (_field, wanted) => [[6, 0, wanted]],
    nest: ({ created, changed, removed }) => [
      ...removed.map((id): JsonValue => [2, id, 0]),
      ...changed.map(({ id, values }): JsonValue => [1, id, values]),
      ...created.map((values): JsonValue => [0, 0, values]),
    ],
    ...(options.externalIds && { marks: createExternalIds(ask) }),
  };
}
