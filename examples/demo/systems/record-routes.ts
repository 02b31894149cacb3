import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Idempotency } from './idempotency.ts';
import type { RecordTable, StoredRecord } from './record-table.ts';
import { Refusal } from './refusal.ts';

/** The single-record calls of one kind of record: read, create, change, delete. */
export interface RecordRoutes<T extends object> {
  /** Path of the kind, e.g. `/artikel`; one record is at `<path>/<key>`. */
  readonly path: string;
  readonly table: RecordTable<T>;
  /** The form in which a record is shown. */
  readonly show: (record: StoredRecord<T>) => object;
  /** JSON Schema of the writable fields. Unknown fields are refused. */
  readonly fields: Readonly<Record<string, object>>;
  readonly create?: {
    readonly required: readonly string[];
    readonly idempotency: Idempotency;
    /** Key and full body of a new record. */
    readonly make: (input: Partial<T>) => { readonly key: string; readonly body: T };
  };
  /** The new body of a changed record. Default: the given fields replace those of the record. */
  readonly change?: (body: T, patch: Partial<T>) => T;
  readonly remove: 'bury' | 'erase';
  /** Field with the version of a record; a change that names another version is refused. Without it If-Match is heeded. */
  readonly versionField?: string;
}

/** Adds the single-record calls. A change based on an old version is answered with 409 or 412 and
 * the current record. */
export function installRecordRoutes<T extends object>(app: FastifyInstance, routes: RecordRoutes<T>): void {
  const { path, table, fields } = routes;
  const found = (request: FastifyRequest): StoredRecord<T> => {
    const { key } = request.params as { key: string };
    const record = table.get(key);
    if (record === null) throw new Refusal(404, `There is no ${path.slice(1)} ${key}.`);
    return record;
  };

  app.get(`${path}/:key`, async (request, reply) => answer(reply, routes.show, found(request)));

  const { versionField } = routes;
  const writable = versionField === undefined ? fields : { ...fields, [versionField]: { type: 'integer' } };
  app.patch(`${path}/:key`, { schema: { body: closedObject(writable, []) } }, async (request, reply) => {
    const record = found(request);
    if (isStale(request, record)) return answer(reply.code(412), routes.show, record);
    const { [versionField ?? '']: version, ...given } = request.body as Record<string, unknown>;
    if (version !== undefined && version !== record.version) return answer(reply.code(409), routes.show, record);
    const patch = given as Partial<T>;
    const body = routes.change?.(record.body, patch) ?? { ...record.body, ...patch };
    return answer(reply, routes.show, table.put(record.key, body));
  });

  app.delete(`${path}/:key`, async (request, reply) => {
    const record = found(request);
    if (isStale(request, record)) return answer(reply.code(412), routes.show, record);
    table[routes.remove](record.key);
    return reply.code(204).send();
  });

  const { create } = routes;
  if (create === undefined) return;
  app.post(path, { schema: { body: closedObject(fields, create.required) } }, async (request, reply) => {
    const id = request.headers['idempotency-key'];
    const { key, repeated } = create.idempotency.once(Array.isArray(id) ? id[0] : id, () => {
      const made = create.make(request.body as Partial<T>);
      if (table.get(made.key) !== null) throw new Refusal(409, `${made.key} exists.`);
      return table.put(made.key, made.body).key;
    });
    const record = table.get(key);
    if (record === null) throw new Refusal(410, `${key} was created by this idempotency key and deleted since.`);
    return answer(reply.code(repeated ? 200 : 201), routes.show, record);
  });
}

/** The ETag of a state of a record. */
export function etagOf(record: StoredRecord<unknown>): string {
  return `"${record.version}"`;
}

function closedObject(properties: Readonly<Record<string, object>>, required: readonly string[]): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

function isStale(request: FastifyRequest, record: StoredRecord<unknown>): boolean {
  const wanted = request.headers['if-match'];
  return wanted !== undefined && wanted !== '*' && wanted !== etagOf(record);
}

function answer<T>(reply: FastifyReply, show: (record: StoredRecord<T>) => object, record: StoredRecord<T>) {
  return reply.header('etag', etagOf(record)).send(show(record));
}
