// A replica of notes, in the version before or after an update of its application.
import { openDatastores } from '@datastores/node';
import type { RxCollection } from 'rxdb';
import { filter, firstValueFrom } from 'rxjs';
import { answer } from '../bench/answer.ts';
import { type NewNote, newNotes, type OldNote, oldNotes } from './note.ts';

let notes: RxCollection<NewNote>;
let unpushed: () => Promise<number>;
let pushed: () => Promise<number>;

const commands = {
  /** Fills a folder with notes that are never pushed, in several writes. Says how many the replica has acknowledged. */
  async fill({ folder, from, count }: { readonly folder: string; readonly from: number; readonly count: number }) {
    const stores = await openDatastores({ folder, datastores: [oldNotes], drainMs: false });
    const collection = stores.note as unknown as RxCollection<OldNote>;
    const list = Array.from({ length: count }, (_, at) => ({ id: `note-${from + at}`, words: `word ${from + at}` }));
    const { success } = await collection.bulkInsert(list);
    return success.length;
  },

  /** Opens the folder with the new version, which migrates what is in it. */
  async open({ folder, server }: { readonly folder: string; readonly server: { url: string; token: string } | null }) {
    const stores = await openDatastores({ folder, datastores: [newNotes], drainMs: false, ...server });
    notes = stores.note as unknown as RxCollection<NewNote>;
    unpushed = () => firstValueFrom(stores.unpushed$);
    pushed = () => firstValueFrom(stores.unpushed$.pipe(filter((left) => left === 0)));
  },

  contents: async () => (await notes.find().exec()).map((document) => document.toJSON() as NewNote),
  unpushed: () => unpushed(),
  pushed: () => pushed(),
};

/** What this process can be asked for. */
export type NoteCommands = typeof commands;

answer(commands);
