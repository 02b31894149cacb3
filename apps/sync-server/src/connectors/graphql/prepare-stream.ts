import type { DeclaredStream } from './options.ts';
import {
  type Complain,
  complainOfParts,
  createPrepare,
  type Prepare,
  type PreparedDocument,
  uses,
} from './prepare-document.ts';
import { type PreparedWrites, prepareWrites } from './prepare-writes.ts';

/** A document that reads, and where the answer is. */
export interface PreparedQuery extends PreparedDocument {
  readonly at: string;
}

/** The documents of a stream. */
export interface StreamDocuments {
  readonly list: PreparedQuery & Pick<DeclaredStream['list'], 'size' | 'since' | 'page'>;
  readonly scan: (PreparedQuery & { readonly size: number }) | undefined;
  /** `together`: one field takes all keys. Else it is asked once for each key, in one request. */
  readonly get: PreparedQuery & { readonly max: number; readonly together: boolean };
  readonly find: PreparedQuery | undefined;
  readonly writes: PreparedWrites;
}

/** Reads the documents of a stream, and complains of what contradicts itself. The result counts if there are no complaints. */
export function prepareStream(stream: DeclaredStream, complain: Complain): StreamDocuments {
  const prepare = createPrepare(stream.fragments, complain);
  return {
    list: prepareList(stream.list, prepare, complain),
    scan: stream.scan && prepareScan(stream.scan, prepare),
    get: prepareGet(stream.get, prepare, complain),
    find: stream.ref && prepareFind(stream.ref, prepare),
    writes: prepareWrites(stream, prepare, complain),
  };
}

function prepareList(list: DeclaredStream['list'], prepare: Prepare, complain: Complain): StreamDocuments['list'] {
  const { query: text, variables, at, size, since, page } = list;
  const further = page.style === 'keyset' ? page.variables : undefined;
  const prepared = prepare({
    entry: 'list',
    text,
    operation: 'query',
    variables,
    further,
    offers: further ? ['first', 'since', 'stamp', 'key'] : ['first', 'since', 'after'],
    needs: ['first', since && 'since', further ? 'key' : 'after'],
  });
  if (further && !since) complain('list.page', 'keyset needs since: pages go on behind the stamp of the last record');
  return { ...prepared, at, size, since, page };
}

function prepareScan(scan: NonNullable<DeclaredStream['scan']>, prepare: Prepare): StreamDocuments['scan'] {
  const { query: text, variables, at, size } = scan;
  const placeholders = { offers: ['first', 'key'], needs: ['first', 'key'] };
  return { ...prepare({ entry: 'scan', text, operation: 'query', variables, ...placeholders }), at, size };
}

function prepareGet(get: DeclaredStream['get'], prepare: Prepare, complain: Complain): StreamDocuments['get'] {
  const { query: text = '{ __typename }', variables = {}, at = '', max = 1 } = get ?? {};
  if (!get) complain('get', 'say how single records are read: only that proves a deletion');
  const prepared = prepare({ entry: 'get', text, operation: 'query', variables, offers: ['keys', 'key'] });
  const together = uses(prepared.variables, 'keys');
  if (get && together === uses(prepared.variables, 'key')) complain('get.variables', 'must use either {keys} or {key}');
  if (get && !together) complainOfParts('get', { document: prepared.document, places: { at } }, complain);
  return { ...prepared, at, max, together };
}

function prepareFind(ref: NonNullable<DeclaredStream['ref']>, prepare: Prepare): PreparedQuery {
  const { query: text, variables, at } = ref;
  return { ...prepare({ entry: 'ref', text, operation: 'query', variables, offers: ['ref'], needs: ['ref'] }), at };
}
