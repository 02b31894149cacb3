import { seeded } from '../../convergence/seeded.ts';
import { item, next, type StoredItem } from '../../suites/storage/item.ts';

/** One call of bulkWrite. */
export interface Batch {
  readonly rows: readonly { readonly document: StoredItem; readonly previous?: StoredItem }[];
}

/**
 * The batches of one round, the same in the process that writes them and in the one that looks for them: each inserts up to
 * 150 documents, writes a third of those of the batch before again, and deletes another third.
 */
export function* batchesOf(round: string): Generator<Batch> {
  const random = seeded([...round].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7));
  let before: readonly StoredItem[] = [];
  for (let number = 0; ; number += 1) {
    const count = 1 + Math.floor(random() * 150);
    const inserts = Array.from({ length: count }, (_, at) =>
      item(`${round}-${number}-${at}`, {
        name: `name ${Math.floor(random() * 50)}`,
        age: Math.floor(random() * 1_000) / 10,
        active: random() < 0.5,
        nested: { rank: Math.floor(random() * 100) },
        note: 'x'.repeat(Math.floor(random() * 1_500)),
        _meta: { lwt: 1_700_000_000_000 + number },
      }),
    );
    const meta = { _meta: { lwt: 1_700_000_000_000 + number } };
    const updates = before
      .filter((_, at) => at % 3 === 0)
      .map((previous) => ({
        previous,
        document: next(previous, { ...meta, age: number % 1_000, name: `again ${number}` }),
      }));
    const deletions = before
      .filter((_, at) => at % 3 === 1)
      .map((previous) => ({ previous, document: next(previous, { ...meta, _deleted: true }) }));
    yield { rows: [...updates, ...inserts.map((document) => ({ document })), ...deletions] };
    before = inserts;
  }
}

/** The documents after so many batches of a round, by id, deleted ones too. */
export function stateAfter(round: string, batches: number): ReadonlyMap<string, StoredItem> {
  const state = new Map<string, StoredItem>();
  const all = batchesOf(round);
  for (let number = 0; number < batches; number += 1) {
    for (const { document } of (all.next().value as Batch).rows) state.set(document.id, document);
  }
  return state;
}
