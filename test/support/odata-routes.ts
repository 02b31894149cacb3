import { parseFilter } from '../../examples/demo/systems/odata/filter.ts';
import { COLUMNS, entityKey, etagOf, fieldsOf, ODataRefusal, type Showing, showRow } from './odata-record.ts';
import { type ODataFields, type ODataRow, type ODataTable, storedTime } from './odata-table.ts';

/** A request, on its own or in a batch. Header names are as they came. */
export interface ODataRequest {
  readonly method: string;
  /** Behind the service root, e.g. `Items(1)?$select=ID`, still escaped. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** What the service answers. */
export interface ODataReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What the service is like. */
export interface ODataHabits {
  readonly textKeys: boolean;
  readonly tombstones: boolean;
  /** Remembers Repeatability-Request-IDs. */
  readonly repeatable: boolean;
  /** Answers writes with 204, whatever is preferred. */
  readonly minimal: boolean;
  /** Numbers are always JSON numbers, whatever is asked for. */
  readonly ignoresExact: boolean;
  /** Most records in a page. */
  readonly pageCap: number;
  /** Pages are cut at the cap without a link. */
  readonly cutsSilently: boolean;
  /** A delta holds only the properties that could have changed. */
  readonly partialDelta: boolean;
  /** Deleted entities are named as in version 4.0. */
  readonly oldDelta: boolean;
  readonly childPage: number;
}

/** The data of the service beside its table. */
export interface ODataState {
  readonly table: ODataTable;
  readonly habits: ODataHabits;
  /** Key by Repeatability-Request-ID. */
  readonly repeats: Map<string, ODataRow['ID']>;
}

/** Answers one request. Refusals are answers, too. */
export function answerOData(state: ODataState, request: ODataRequest): ODataReply {
  try {
    return route(state, request);
  } catch (error) {
    const status = error instanceof ODataRefusal ? error.status : 400;
    const { message, target } = error as ODataRefusal;
    return reply(status, { error: { code: 'REFUSED', message, ...(target && { target }) } });
  }
}

function route(state: ODataState, request: ODataRequest): ODataReply {
  // As services written for browsers do: a plus is a plus, and refused where it makes no sense.
  const [path = '', search = ''] = request.path.split('?');
  const query = Object.fromEntries(search.split('&').map((part) => part.split('=').map(decodeURIComponent)));
  if (path === 'Items') return request.method === 'POST' ? create(state, request) : list(state, request, query);
  const [, predicate, child] = /^Items\((.*?)\)(\/Lines)?$/.exec(path) ?? [];
  const key = predicate === undefined ? null : keyOf(state, decodeURIComponent(predicate));
  if (key === null) throw new ODataRefusal(404, `there is nothing at ${path}`);
  const row = state.table.get(key);
  if (child && row) {
    const from = Number(query.$skip);
    const [some, rest] = [JSON.parse(row.lines) as unknown[], from + state.habits.childPage];
    const next = some.length > rest ? { '@odata.nextLink': `Items(${entityKey(row.ID)})/Lines?$skip=${rest}` } : {};
    return reply(200, {
      '@odata.context': `../$metadata#Items(${entityKey(row.ID)})/Lines`,
      value: some.slice(from, rest),
      ...next,
    });
  }
  if (request.method === 'GET') return row ? one(state, request, { status: 200, row, query }) : notFound();
  return change(state, request, { key, row });
}

function list({ table, habits }: ODataState, request: ODataRequest, query: Record<string, string>): ODataReply {
  const showing = showingOf(habits, request, query);
  const prefer = request.headers.prefer ?? '';
  const asked = Number(/maxpagesize=(\d+)/.exec(prefer)?.[1] ?? habits.pageCap);
  const page = Math.min(asked, habits.pageCap);
  if (query.$deltatoken !== undefined)
    return delta({ table, habits }, { seq: Number(query.$deltatoken), page, showing });
  const where = query.$filter === undefined ? undefined : parseFilter(query.$filter, { columns: COLUMNS, storedTime });
  const order = query.$orderby?.split(',').map((name) => COLUMNS.get(name.trim()) ?? 'null');
  const [skip = 0, seq = table.logEnd()] = query.$skiptoken?.split('-').map(Number) ?? [];
  const top = Math.min(Number(query.$top ?? Number.POSITIVE_INFINITY), page);
  const found = table.list({ where, orderBy: order?.join(', '), limit: top + 1, offset: skip });
  const value = found.slice(0, top).map((row) => showRow(row, showing));
  const more = found.length > top && (query.$top === undefined || Number(query.$top) > page) && !habits.cutsSilently;
  const { $skiptoken: _, ...others } = query;
  const again = Object.entries(others)
    .filter(([name]) => name.startsWith('$'))
    .map((pair) => pair.map(encodeURIComponent).join('='));
  const tracked = prefer.includes('track-changes') || query.$skiptoken?.includes('-') === true;
  const token = tracked ? `${skip + top}-${seq}` : String(skip + top);
  const next = more ? { '@odata.nextLink': `Items?${[...again, `$skiptoken=${token}`].join('&')}` } : {};
  const end = tracked && !more ? { '@odata.deltaLink': `Items?$deltatoken=${seq}` } : {};
  return reply(200, { '@odata.context': '$metadata#Items', value, ...next, ...end });
}

function delta(
  { table, habits }: Pick<ODataState, 'table' | 'habits'>,
  { seq, page, showing }: { readonly seq: number; readonly page: number; readonly showing: Showing },
): ODataReply {
  if (seq < table.logStart()) throw new ODataRefusal(410, 'the delta is too old');
  const changed = table.changedSince(seq);
  const some = changed.slice(0, page);
  const value = some.map(({ key }) => {
    const row = table.get(key);
    if (!row && habits.oldDelta)
      return { '@odata.context': '$metadata#Items/$deletedEntity', id: `Items(${entityKey(key)})`, reason: 'deleted' };
    if (!row) return { '@removed': { reason: 'deleted' }, '@id': `Items(${entityKey(key)})` };
    return habits.partialDelta ? { ID: row.ID, name: row.name } : showRow(row, showing);
  });
  const reached = some.at(-1)?.seq ?? seq;
  const link = changed.length > page ? '@odata.nextLink' : '@odata.deltaLink';
  return reply(200, { '@odata.context': '$metadata#Items/$delta', value, [link]: `Items?$deltatoken=${reached}` });
}

function create(state: ODataState, request: ODataRequest): ODataReply {
  const { table, habits, repeats } = state;
  const id = habits.repeatable ? request.headers['repeatability-request-id'] : undefined;
  const earlier = id === undefined ? undefined : repeats.get(id);
  const accepted = id === undefined ? {} : { 'repeatability-result': 'accepted' };
  let row = earlier === undefined ? null : table.get(earlier);
  if (!row) {
    const fields = fieldsOf(request.body, isExact(habits, request.headers['content-type']));
    if (table.list({ limit: 1_000_000 }).some(({ ref }) => ref !== null && ref === fields.ref)) {
      throw new ODataRefusal(409, 'the reference is taken', 'ref');
    }
    row = table.get(table.insert([fields])[0] ?? 0);
    if (id !== undefined && row) repeats.set(id, row.ID);
  }
  if (!row) throw new ODataRefusal(500, 'not created');
  const created = one(state, request, { status: 201, row, query: {} });
  return { ...created, headers: { ...created.headers, ...accepted } };
}

interface Target {
  readonly key: ODataRow['ID'];
  readonly row: ODataRow | null;
}

function change(state: ODataState, request: ODataRequest, { key, row }: Target): ODataReply {
  const { table, habits } = state;
  const ifMatch = request.headers['if-match'];
  if (!row && ifMatch !== undefined) return reply(412, { error: { message: 'there is no such record' } });
  if (!row && request.method === 'DELETE') return notFound();
  if (row && ifMatch === undefined) return reply(428, { error: { message: 'say If-Match' } });
  if (row && ifMatch !== '*' && ifMatch !== etagOf(row)) return reply(412, { error: { message: 'it has changed' } });
  if (request.method === 'DELETE') {
    table.remove(key);
    return reply(204);
  }
  const fields: ODataFields = fieldsOf(request.body, isExact(habits, request.headers['content-type']));
  // An upsert, as the protocol has it for a PATCH without If-Match.
  if (row) table.update(key, fields);
  else table.insert([{ ...fields, ID: key }]);
  const changed = table.get(key);
  return changed ? one(state, request, { status: row ? 200 : 201, row: changed, query: {} }) : notFound();
}

function one(
  { habits }: ODataState,
  request: ODataRequest,
  { status, row, query }: { readonly status: number; readonly row: ODataRow; readonly query: Record<string, string> },
): ODataReply {
  const headers = { etag: etagOf(row), 'odata-entityid': `Items(${entityKey(row.ID)})` };
  const bare =
    request.method !== 'GET' && (habits.minimal || !request.headers.prefer?.includes('return=representation'));
  if (bare) return { status: 204, headers };
  return { status, headers, body: showRow(row, showingOf(habits, request, query)) };
}

function keyOf({ habits }: ODataState, predicate: string): ODataRow['ID'] | null {
  if (!habits.textKeys) return /^\d{1,15}$/.test(predicate) ? Number(predicate) : null;
  return /^'(?:[^']|'')*'$/.test(predicate) ? predicate.slice(1, -1).replaceAll("''", "'") : null;
}

function showingOf(habits: ODataHabits, request: ODataRequest, query: Record<string, string>): Showing {
  return {
    exact: isExact(habits, request.headers.accept),
    select: query.$select?.split(',') ?? null,
    lines: query.$expand !== undefined,
    tombstones: habits.tombstones,
    childPage: habits.childPage,
  };
}

function isExact(habits: ODataHabits, mediaType: string | undefined): boolean {
  return !habits.ignoresExact && (mediaType ?? '').includes('IEEE754Compatible=true');
}

function notFound(): ODataReply {
  return reply(404, { error: { message: 'there is no such record' } });
}

function reply(status: number, body?: unknown): ODataReply {
  return { status, headers: {}, ...(body !== undefined && { body }) };
}
