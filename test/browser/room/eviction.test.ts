import { BehaviorSubject } from 'rxjs';
import { expect, test } from 'vitest';
import { type NoteStorage, noteEviction } from '../../../packages/browser/src/room/eviction.ts';

function notes(kept = new Map<string, string>()): NoteStorage & { readonly kept: Map<string, string> } {
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

function open(storage: NoteStorage, replicaId: string, unpushed = 0) {
  const unpushed$ = new BehaviorSubject(unpushed);
  const note = noteEviction({ storage, name: 'shop' }, { replicaId, unpushed$ });
  return { ...note, unpushed$ };
}

test('a replica that is gone with unpushed writes is told of until that is dismissed', () => {
  const storage = notes();
  open(storage, 'one').unpushed$.next(3);

  const second = open(storage, 'two');
  expect(second.lost()).toMatchObject({ replicaId: 'one', unpushed: 3 });
  second.close();
  const again = open(storage, 'two');
  expect(again.lost()).toMatchObject({ replicaId: 'one', unpushed: 3 });
  again.dismiss();
  expect(open(storage, 'two').lost()).toBeNull();
});

test('two losses in a row are told as one', () => {
  const storage = notes();
  open(storage, 'one', 3);
  open(storage, 'two', 2);

  expect(open(storage, 'three').lost()).toMatchObject({ replicaId: 'two', unpushed: 5 });
});

test('nothing is told where nothing was unpushed, the replica is the same, or it was removed on purpose', () => {
  const storage = notes();
  open(storage, 'one', 2).unpushed$.next(0);
  expect(open(storage, 'two', 1).lost()).toBeNull();
  expect(open(storage, 'two', 1).lost()).toBeNull();
  open(storage, 'two', 1).remove();

  expect(open(storage, 'three').lost()).toBeNull();
  expect([...storage.kept.keys()]).toEqual(['datastores/shop']);
});

test.each(['no JSON', '{}', '{"replicaId":1}', '[]', 'null'])('a note that is none (%s) says nothing', (text) => {
  expect(open(notes(new Map([['datastores/shop', text]])), 'one').lost()).toBeNull();
});

test('no room for a note, or no access to it, costs nothing else', () => {
  const refuse = () => {
    throw new Error('no access');
  };
  const note = open({ getItem: refuse, setItem: refuse, removeItem: refuse }, 'one', 1);

  note.unpushed$.next(2);
  note.dismiss();
  expect(note.lost()).toBeNull();
});
