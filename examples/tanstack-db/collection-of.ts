import type { CollectionConfig, SyncConfig } from '@tanstack/db';
import type { RxChangeEvent, RxCollection } from 'rxdb';

/** What every document has. */
interface Identified {
  readonly id: string;
}

/**
 * Options with which `createCollection` of TanStack DB shows a datastore and writes to it. What comes from the server, from
 * other tabs and from this one arrives through the change stream; writes go to the datastore, whose rules hold, and are
 * offline writes like any other.
 */
export function collectionOf<D extends Identified & Record<string, unknown>>(
  source: RxCollection<D>,
): CollectionConfig<D, string> {
  return {
    id: source.name,
    getKey: ({ id }) => id,
    sync: { rowUpdateMode: 'full', sync: (target) => follow(source, target) },
    async onInsert({ transaction }) {
      for (const { modified } of transaction.mutations) await source.insert(modified);
    },
    async onUpdate({ transaction }) {
      for (const { key, changes } of transaction.mutations) {
        await source.findOne(String(key)).incrementalPatch(changes as Partial<D>);
      }
    },
    async onDelete({ transaction }) {
      for (const { key } of transaction.mutations) await source.findOne(String(key)).incrementalRemove();
    },
  };
}

type Target<D extends object> = Parameters<SyncConfig<D, string>['sync']>[0];

/** Changes that come while the documents are read are told after them; one that the reading has seen is told again. */
function follow<D extends Identified>(source: RxCollection<D>, target: Target<D>): () => void {
  const known = new Set<string>();
  let waiting: RxChangeEvent<D>[] | null = [];

  function tell(events: readonly RxChangeEvent<D>[]): void {
    if (events.length === 0) return;
    target.begin();
    for (const { operation, documentId, documentData } of events) {
      if (operation !== 'DELETE') put(documentId, contentOf(documentData as D));
      else if (known.delete(documentId)) target.write({ type: 'delete', key: documentId });
    }
    target.commit();
  }

  function put(id: string, value: D): void {
    target.write({ type: known.has(id) ? 'update' : 'insert', value });
    known.add(id);
  }

  const subscription = source.$.subscribe((event) => {
    if (waiting === null) tell([event]);
    else waiting.push(event);
  });
  source
    .find()
    .exec()
    .then((documents) => {
      target.begin();
      for (const document of documents) put(document.primary, document.toMutableJSON() as D);
      target.commit();
      tell(waiting ?? []);
      waiting = null;
      target.markReady();
    }, target.markError);
  return () => subscription.unsubscribe();
}

/** Without the fields that are RxDB's own. */
function contentOf<D extends object>(document: D): D {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !name.startsWith('_'))) as D;
}
