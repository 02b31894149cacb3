import type { DatastoresControl } from '@datastores/core';
import type { RxCollection, RxDocument } from 'rxdb';
import { BehaviorSubject, combineLatest, map, type Observable, switchMap } from 'rxjs';
import { element } from './dom.ts';
import type { Row, View } from './row.ts';

/** So many documents are shown at once. */
const SHOWN = 50;

interface Wanted {
  readonly collection: string;
  readonly from: string;
}

/** The documents of a datastore by their ids, live, with a mark on those that are not pushed. */
export function documentsView({ database, unpushedEdits$ }: DatastoresControl): View {
  const names = Object.keys(database.collections);
  const wanted$ = new BehaviorSubject<Wanted>({ collection: names[0] ?? '', from: '' });
  const set = (change: Partial<Wanted>) => wanted$.next({ ...wanted$.value, ...change });
  const controls = element(
    'div',
    { class: 'controls' },
    element(
      'label',
      {},
      'Datastore ',
      element(
        'select',
        { change: (event) => set({ collection: (event.target as HTMLSelectElement).value }) },
        ...names.map((name) => element('option', { value: name }, name)),
      ),
    ),
    element(
      'label',
      {},
      'Ids from ',
      element('input', {
        type: 'search',
        autocomplete: 'off',
        spellcheck: 'false',
        input: (event) => set({ from: (event.target as HTMLInputElement).value }),
      }),
    ),
  );
  const rows$: Observable<readonly Row[]> = wanted$.pipe(
    switchMap(({ collection, from }) => {
      const found = database.collections[collection] as RxCollection<{ id: string }> | undefined;
      if (found === undefined) return [[]];
      const documents$ = found.find({ selector: { id: { $gte: from } }, sort: [{ id: 'asc' }], limit: SHOWN }).$;
      return combineLatest([documents$, unpushedEdits$]).pipe(
        map(([documents, edits]) => {
          const unpushed = new Set(edits.flatMap((edit) => (edit.datastore === collection ? [edit.id] : [])));
          return documents.map((document) => rowOf(collection, document, unpushed));
        }),
      );
    }),
  );
  return {
    name: 'Documents',
    empty: 'There is no document from this id on.',
    rows$,
    count$: wanted$.pipe(
      switchMap(({ collection }) => database.collections[collection]?.count().$ ?? [null]),
      map((count: number | null) => count),
    ),
    controls,
  };
}

function rowOf(collection: string, document: RxDocument<{ id: string }>, unpushed: ReadonlySet<string>): Row {
  const content = document.toJSON() as Readonly<Record<string, unknown>>;
  const name = ['name', 'number', 'sku', 'title'].map((field) => content[field]).find((one) => typeof one === 'string');
  return {
    key: `${collection}|${document.primary}`,
    title: document.primary,
    note: name ?? '',
    mark: unpushed.has(document.primary) ? { text: 'unpushed', tone: 'busy' } : undefined,
    detail: content,
  };
}
