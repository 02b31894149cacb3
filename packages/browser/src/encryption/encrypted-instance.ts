import type {
  BulkWriteRow,
  EventBulk,
  PreparedQuery,
  RxStorageBulkWriteResponse,
  RxStorageChangeEvent,
  RxStorageInstance,
  RxStorageWriteError,
} from 'rxdb';
import { BehaviorSubject, concatMap, filter, firstValueFrom, from, share, tap } from 'rxjs';
import { assertAnswerable } from './answerable.ts';
import type { AnyDocument, DocumentSealer } from './sealed-documents.ts';
import type { SealedFields } from './sealed-fields.ts';

/** A storage instance of any documents. */
export type AnyInstance = RxStorageInstance<AnyDocument, unknown, unknown>;

type Bulk = EventBulk<RxStorageChangeEvent<AnyDocument>, unknown>;
type Row = BulkWriteRow<AnyDocument>;

/**
 * An instance over another one, which sees sealed documents only. Queries that ask for a sealed field are refused with
 * ENCRYPTED_FIELD: the storage below could not answer them, and no answer must look like an empty one.
 */
export function encryptedInstance(
  below: AnyInstance,
  sealer: DocumentSealer,
  sealed: SealedFields | undefined,
): AnyInstance {
  const underWay$ = new BehaviorSubject(0);
  const unsealAll = <D>(documents: readonly D[]) =>
    Promise.all(documents.map((one) => sealer.unseal(one as AnyDocument)));

  async function unsealError(error: RxStorageWriteError<AnyDocument>): Promise<RxStorageWriteError<AnyDocument>> {
    const { writeRow } = error;
    const [document, previous] = await unsealAll([writeRow.document, writeRow.previous ?? writeRow.document]);
    const inDb: unknown = Reflect.get(error, 'documentInDb');
    return {
      ...error,
      writeRow: { document, ...(writeRow.previous === undefined ? {} : { previous }) },
      ...(inDb === undefined ? {} : { documentInDb: await sealer.unseal(inDb as AnyDocument) }),
    } as RxStorageWriteError<AnyDocument>;
  }

  async function unsealBulk(bulk: Bulk): Promise<Bulk> {
    const events = await Promise.all(
      bulk.events.map(async (event) => {
        const { documentData, previousDocumentData: previous } = event;
        const [document, before] = await unsealAll([documentData, previous ?? documentData]);
        return { ...event, documentData: document, previousDocumentData: previous === undefined ? undefined : before };
      }),
    );
    return { ...bulk, events } as Bulk;
  }

  const changes$ = from(below.changeStream()).pipe(
    tap(() => underWay$.next(underWay$.value + 1)),
    // One after the other: events must not overtake each other while they are opened.
    concatMap((bulk) => unsealBulk(bulk as Bulk)),
    tap({ next: () => queueMicrotask(() => underWay$.next(underWay$.value - 1)) }),
    share(),
  );
  // Kept open, so that the events of a write are opened in time whoever listens.
  const subscription = changes$.subscribe({ error: () => undefined });

  const own: Partial<Record<string | symbol, unknown>> = {
    // What goes past the sealer would lie on disk as it is.
    direct: undefined,
    async bulkWrite(rows: Row[], context: string): Promise<RxStorageBulkWriteResponse<AnyDocument>> {
      const sealedRows = await Promise.all(
        rows.map(async ({ document, previous }) => ({
          document: await sealer.seal(document as AnyDocument),
          ...(previous === undefined ? {} : { previous: await sealer.seal(previous as AnyDocument) }),
        })),
      );
      const { error } = await below.bulkWrite(sealedRows as unknown as Row[], context);
      // RxDB counts on it that the events of a write have been told when it resolves.
      await firstValueFrom(underWay$.pipe(filter((count) => count === 0)));
      return { error: await Promise.all(error.map(unsealError)) };
    },
    async findDocumentsById(ids: string[], withDeleted: boolean) {
      return unsealAll(await below.findDocumentsById(ids, withDeleted));
    },
    async query(prepared: PreparedQuery<AnyDocument>) {
      if (sealed !== undefined) assertAnswerable(prepared, sealed, below.collectionName);
      return { documents: await unsealAll((await below.query(prepared)).documents) };
    },
    async count(prepared: PreparedQuery<AnyDocument>) {
      if (sealed !== undefined) assertAnswerable(prepared, sealed, below.collectionName);
      return below.count(prepared);
    },
    changeStream: () => changes$,
    async close() {
      await below.close();
      subscription.unsubscribe();
    },
  };
  const changedSince = below.getChangedDocumentsSince?.bind(below);
  own['getChangedDocumentsSince'] =
    changedSince === undefined
      ? undefined
      : async (limit: number, checkpoint: unknown) => {
          const page = await changedSince(limit, checkpoint);
          return { ...page, documents: await unsealAll(page.documents) };
        };
  return new Proxy(below, {
    get(target, property) {
      if (Object.hasOwn(own, property)) return own[property];
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    // Whoever wraps this instance further sets methods on it, and must not change the one below.
    set(_, property, value) {
      own[property] = value;
      return true;
    },
    has: (target, property) => Object.hasOwn(own, property) || Reflect.has(target, property),
  });
}
