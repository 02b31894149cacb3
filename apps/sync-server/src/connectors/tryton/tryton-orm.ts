import type { JsonValue } from '@datastores/core/schema';
import type { Context } from '../connector.ts';
import { type Answer, madeOf, resultOf } from '../model-rpc/answer.ts';
import type { Field, Orm, Query, Row, Target } from '../model-rpc/orm.ts';
import { describeFields, rowsIn, wholeNumbers } from '../model-rpc/results.ts';
import { call } from './call.ts';
import { decodeValue, stampOf } from './decode-value.ts';
import { encodeTime, encodeValue } from './encode-value.ts';
import type { ParsedOptions } from './options.ts';
import { createSession, type Session } from './session.ts';

/** Tryton as a system of models. */
export function createTrytonOrm(options: ParsedOptions): Orm {
  const session = createSession(options);
  // Deactivated records are there, and must not be taken for deleted.
  const trytonContext = { ...options.context, active_test: false };
  const ask = async (method: string, params: readonly JsonValue[], context: Context) => {
    const request = { method: `model.${method}`, params: [...params, trytonContext] };
    const { answer } = await call(session, request, context);
    return { result: resultOf(answer, request.method), clock: answer.is === 'result' ? answer.clock : null };
  };
  const write = (model: string, request: WriteRequest, context: Context) =>
    writeOnce({ session, options, trytonContext }, { model, ...request }, context);
  const read = async ({ model, domain, fields, limit }: Query, context: Context): Promise<readonly Row[]> => {
    const params = [domain, 0, limit, [['id', 'ASC']], [...fields, '_timestamp']];
    return rowsIn((await ask(`${model}.search_read`, params, context)).result, model);
  };
  return {
    name: 'tryton',
    stamps: ['write_date', 'create_date'],
    guarded: true,
    updatesAtOnce: 100,
    describe: async (model, context) => describeFields((await ask(`${model}.fields_get`, [[]], context)).result, model),
    read,
    async search({ model, domain, limit }, context) {
      return wholeNumbers((await ask(`${model}.search`, [domain, 0, limit, [['id', 'ASC']]], context)).result, model);
    },
    async newest(model, context) {
      let [stamp, clock]: [number | null, number | null] = [null, null];
      for (const field of ['write_date', 'create_date']) {
        const params = [[[field, '!=', null]], 0, 1, [[field, 'DESC']], [field]];
        const answer = await ask(`${model}.search_read`, params, context);
        clock ??= answer.clock;
        const [row] = rowsIn(answer.result, model);
        stamp = Math.max(stamp ?? 0, stampOf(row?.[field]) ?? 0) || null;
      }
      return { stamp, clock };
    },
    create: async (model, records, context) =>
      madeOf(
        await write(model, { method: 'create', params: [records.map(({ values }) => values)] }, context),
        (result) => wholeNumbers(result, model),
      ),
    update: async (model, records, context) => {
      const params = records.flatMap(({ id, values }) => [[id], values]);
      return madeOf(await write(model, { method: 'write', params, targets: records }, context));
    },
    remove: async (model, records, context) => {
      const params = [records.map(({ id }) => id)];
      return madeOf(await write(model, { method: 'delete', params, targets: records }, context));
    },
    version: ({ _timestamp }) => (typeof _timestamp === 'string' ? _timestamp : undefined),
    anyOf: (conditions) => ['OR', ...conditions],
    allOf: (domains) => domains.filter((domain) => domain.length > 0),
    time: encodeTime,
    decode: (field, value) => decodeField(field, value),
    encode: encodeValue,
    relate: (_field, wanted, current) => {
      const removed = current.filter((id) => !wanted.includes(id));
      const added = wanted.filter((id) => !current.includes(id));
      return [...(removed.length > 0 ? [['remove', removed]] : []), ...(added.length > 0 ? [['add', added]] : [])];
    },
    nest: ({ created, changed, removed }) => [
      ...(removed.length > 0 ? [['delete', removed]] : []),
      ...(changed.length > 0 ? [['write', ...changed.flatMap(({ id, values }) => [[id], values])]] : []),
      ...(created.length > 0 ? [['create', created]] : []),
    ],
  };
}

interface WriteRequest {
  readonly method: string;
  readonly params: readonly JsonValue[];
  readonly targets?: readonly Target[];
}

interface Access {
  readonly session: Session;
  readonly options: ParsedOptions;
  readonly trytonContext: Readonly<Record<string, JsonValue>>;
}

/** A write; warnings are confirmed where that is allowed, each as often as it comes. */
async function writeOnce(
  { session, options, trytonContext }: Access,
  { model, method, params, targets = [] }: WriteRequest & { readonly model: string },
  context: Context,
): Promise<Answer> {
  const guards = targets.flatMap(({ id, version }) => (version === undefined ? [] : [[`${model},${id}`, version]]));
  const guarded = guards.length === 0 ? {} : { _timestamp: Object.fromEntries(guards) as Record<string, string> };
  const request = { method: `model.${model}.${method}`, params: [...params, { ...trytonContext, ...guarded }] };
  for (let confirmed = 0; ; confirmed += 1) {
    const { answer, warning } = await call(session, request, context);
    if (warning === undefined || options.warnings === 'reject' || confirmed >= MOST_WARNINGS) return answer;
    const user = await session.user(context);
    const confirmation = [{ user, name: warning, always: false }];
    const create = { method: 'model.res.user.warning.create', params: [[...confirmation], trytonContext] };
    const known = await call(session, create, context);
    if (known.answer.is !== 'result') return answer;
  }
}

const MOST_WARNINGS = 20;

function decodeField(field: Field, value: JsonValue): JsonValue {
  if (RELATED.has(field.type) && typeof value === 'number') return String(value);
  if (LISTS.has(field.type) && Array.isArray(value)) return value.map(String);
  return decodeValue(value);
}

const RELATED = new Set(['many2one', 'one2one']);
const LISTS = new Set(['one2many', 'many2many']);
