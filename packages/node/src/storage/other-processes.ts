import type { RxDocumentData, RxStorageChangeEvent, RxStorageInstance } from 'rxdb';
import { merge, type Observable, Subject } from 'rxjs';
import type { Checkpoint } from './changes.ts';
import type { Connection } from './connection.ts';
import type { SQLiteInstance } from './instance.ts';
import { type Listener, relayOf } from './relay.ts';
import type { Changes } from './write.ts';

/**
 * RxDB re-runs its queries if more events come at once than it keeps (100). After missed events it must, since nobody knows
 * what the documents were before.
 */
const MORE_THAN_RXDB_KEEPS = 101;

/** Documents read in one go after events were missed. */
const PAGE = 500;

/**
 * Makes an instance tell the changes that other instances on the file make, of this process and of others: each once, in the
 * order of the commits, and before any read returns what they changed. RxDB's own channel between processes writes the
 * documents to files in the temporary folder, loses and reorders them, and does not tell two files of one database name apart.
 */
export function tellChangesOfOthers<RxDocType>(instance: SQLiteInstance<RxDocType>, connection: Connection): void {
  const { table: docs } = instance.internals;
  const relay = relayOf(connection);
  const others$ = new Subject<Changes<RxDocType>>();
  let seen: Checkpoint | undefined;
  const note = ({ checkpoint }: Changes<RxDocType>) => {
    if (checkpoint.seq > (seen?.seq ?? 0)) seen = checkpoint;
  };
  const listener: Listener = {
    docs,
    told: (bulk) => {
      note(bulk);
      others$.next(bulk);
    },
    missed: () => {
      changesAfter(instance, seen).then(
        (bulks) => {
          for (const bulk of bulks) listener.told(bulk as Changes<never>);
        },
        // The instance was closed meanwhile, or the next read fails as well and tells why.
        () => undefined,
      );
    },
  };
  const leave = relay.join(listener);
  const own$ = instance.changeStream() as Observable<Changes<RxDocType>>;
  own$.subscribe({
    next: (bulk) => {
      note(bulk);
      relay.tell(listener, bulk as Changes<never>);
    },
    complete: () => others$.complete(),
  });
  instance.changeStream = (() => merge(own$, others$)) as typeof instance.changeStream;
  catchUpAfterReads(instance, relay.catchUp);
  endWith(instance, leave);
}

type Methods<RxDocType> = RxStorageInstance<RxDocType, unknown, unknown, Checkpoint>;

/** A result must not be ahead of the events: RxDB would count a document that is in the result once more when its event comes. */
function catchUpAfterReads<RxDocType>(instance: Methods<RxDocType>, catchUp: () => void): void {
  const { bulkWrite, query, count, findDocumentsById } = instance;
  const after = async <T>(result: Promise<T>): Promise<T> => {
    const value = await result;
    catchUp();
    return value;
  };
  instance.bulkWrite = (rows, context) => after(bulkWrite(rows, context));
  instance.query = (prepared) => after(query(prepared));
  instance.count = (prepared) => after(count(prepared));
  instance.findDocumentsById = (ids, withDeleted) => after(findDocumentsById(ids, withDeleted));
}

function endWith<RxDocType>(instance: Methods<RxDocType>, leave: () => void): void {
  const { close, remove } = instance;
  instance.close = () => {
    leave();
    return close();
  };
  instance.remove = async () => {
    await remove();
    leave();
  };
}

/** What was written after a checkpoint, as events without what was there before. */
async function changesAfter<RxDocType>(
  instance: SQLiteInstance<RxDocType>,
  after: Checkpoint | undefined,
): Promise<Changes<RxDocType>[]> {
  const bulks: Changes<RxDocType>[] = [];
  let checkpoint = after;
  for (;;) {
    const page = await instance.getChangedDocumentsSince?.(PAGE, checkpoint);
    if (page === undefined || page.documents.length === 0) return bulks;
    checkpoint = page.checkpoint;
    const events = page.documents.map((document) => eventOf(instance, document));
    while (events.length < MORE_THAN_RXDB_KEEPS) events.push({ ...(events.at(-1) as (typeof events)[number]) });
    bulks.push({ id: `missed-${checkpoint.seq}`, events, checkpoint, context: 'missed changes of another process' });
  }
}

function eventOf<RxDocType>(
  { schema }: Methods<RxDocType>,
  documentData: RxDocumentData<RxDocType>,
): RxStorageChangeEvent<RxDocumentData<RxDocType>> {
  const key = typeof schema.primaryKey === 'string' ? schema.primaryKey : schema.primaryKey.key;
  const documentId = String(Reflect.get(documentData as object, key));
  const operation = documentData._deleted ? ('DELETE' as const) : ('UPDATE' as const);
  return { operation, documentId, documentData, previousDocumentData: documentData };
}
