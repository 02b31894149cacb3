import type { DeclaredStream } from './options.ts';
import { type Complain, complainOfParts, type Prepare, type PreparedDocument, uses } from './prepare-document.ts';

/** The kinds of writes. */
export type WriteKind = 'create' | 'update' | 'delete' | 'add';

/** A mutation with the places of its answer. */
export interface PreparedWrite extends PreparedDocument {
  readonly at: string | undefined;
  readonly errorsAt: string | undefined;
  readonly returns: 'record' | 'key';
  /** The write id goes with it, in a variable or a header, so that a repeat is known. */
  readonly idempotent: boolean;
  /** A version goes with it where the write has one. */
  readonly guarded: boolean;
}

/** The mutations of a stream by kind. */
export type PreparedWrites = Readonly<Partial<Record<WriteKind, PreparedWrite>>>;

/** Reads the mutations of a stream. */
export function prepareWrites(stream: DeclaredStream, prepare: Prepare, complain: Complain): PreparedWrites {
  const declared = { create: stream.create, update: stream.update, delete: stream.delete, add: stream.adds };
  const kinds = Object.keys(PLACEHOLDERS) as WriteKind[];
  const writes = kinds.flatMap((kind): [WriteKind, PreparedWrite][] => {
    const given = declared[kind];
    if (!given) return [];
    const entry = kind === 'add' ? 'adds' : kind;
    const { offers, needs } = PLACEHOLDERS[kind];
    const { mutation: text, variables, at, errorsAt, returns } = given;
    const prepared = prepare({
      entry,
      text,
      operation: 'mutation',
      variables,
      offers: [...offers, 'writeId', 'origin'],
      needs,
    });
    complainOfParts(entry, { document: prepared.document, places: { at, errorsAt } }, complain);
    if (kind !== 'delete' && !at) complain(`${entry}.at`, 'say where the record is in the answer');
    if (kind === 'create' && stream.ref && !uses(prepared.variables, 'ref')) {
      complain('create.variables', 'no variable is {ref}: by it the record is found after a lost answer');
    }
    const idempotent = stream.idempotencyHeader !== undefined || uses(prepared.variables, 'writeId');
    if (kind === 'add' && !idempotent) {
      complain('adds', 'needs {writeId} or idempotencyHeader: without it a repeat after a lost answer adds twice');
    }
    const guarded = uses(prepared.variables, 'version');
    if (guarded && !stream.version) complain('version', `say where it is in a record: ${entry} uses {version}`);
    return [[kind, { ...prepared, at, errorsAt, returns, idempotent, guarded }]];
  });
  const guards = writes.filter(([kind]) => kind === 'update' || kind === 'delete').map(([, { guarded }]) => guarded);
  if (new Set(guards).size > 1) complain('version', 'update and delete must both use {version}, or neither');
  return Object.fromEntries(writes);
}

const PLACEHOLDERS: Readonly<
  Record<WriteKind, { readonly offers: readonly string[]; readonly needs: readonly string[] }>
> = {
  create: { offers: ['data', 'ref'], needs: ['data'] },
  update: { offers: ['key', 'patch', 'version'], needs: ['key', 'patch'] },
  delete: { offers: ['key', 'version'], needs: ['key'] },
  add: { offers: ['key', 'amounts', 'patch', 'version'], needs: ['key', 'amounts'] },
};
