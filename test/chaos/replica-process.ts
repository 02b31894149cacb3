// A replica as an application embeds it: opens its folder, writes, and reads what it has. It can be killed at any moment.
import { openDatastores } from '@datastores/node';
import type { RxCollection } from 'rxdb';
import { combineLatest, filter, firstValueFrom } from 'rxjs';
import { answer } from '../bench/answer.ts';
import { applyWrite } from './apply-write.ts';
import { digestOf } from './digest.ts';
import { type Entry, entries } from './entry.ts';
import type { Write } from './write.ts';

/** Where a replica keeps its data, and the server it belongs to. */
export interface ReplicaPlace {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly compression: boolean;
}

/** What is in a replica about one document. */
export interface Sight {
  readonly document: Entry | null;
  /** States of it that the server refused; null: a deletion. */
  readonly rejected: readonly (Entry | null)[];
}

let stores: Awaited<ReturnType<typeof open>>;
let connect = () => {};

const commands = {
  /** Opens the folder. Nothing is exchanged before `connect`, so that it can be looked at as the process before left it. */
  async open(place: ReplicaPlace) {
    stores = await open(place);
    const { sound, problems } = await stores.checkFile();
    return { replica: stores.replicaId, sound, problems, damage: stores.damageReports().length };
  },

  connect: () => connect(),

  write: (write: Write) => applyWrite(collection(), write),

  /** What is known of documents here. */
  async look(ids: readonly string[]): Promise<readonly Sight[]> {
    const [documents, rejected] = [
      await collection()
        .findByIds([...ids])
        .exec(),
      await firstValueFrom(stores.rejected$),
    ];
    return ids.map((id) => ({
      document: (documents.get(id)?.toJSON() as Entry | undefined) ?? null,
      rejected: rejected.filter((change) => change.id === id).map((change) => change.document as Entry | null),
    }));
  },

  /** Resolves when everything is pushed, the datastore is live, and a mark of the server, or a later one, has come. */
  async synced({ id, mark }: { readonly id: string; readonly mark: number }): Promise<void> {
    await firstValueFrom(
      combineLatest([stores.unpushed$, stores.status$, collection().findOne(id).$]).pipe(
        filter(
          ([unpushed, status, document]) =>
            unpushed === 0 && status.state === 'live' && ((document as Entry | null)?.total ?? 0) >= mark,
        ),
      ),
    );
  },

  async state() {
    const [unpushed, status] = [await firstValueFrom(stores.unpushed$), await firstValueFrom(stores.status$)];
    const error = Object.values(status.datastores)[0]?.error;
    return { unpushed, state: status.state, error: error === null ? null : `${error?.code}: ${error?.message}` };
  },

  async digest(): Promise<string> {
    return digestOf(await contents());
  },

  contents,

  rejected: async () =>
    (await firstValueFrom(stores.rejected$)).map(({ id, code, document }) => ({
      id,
      code,
      document: document as Entry | null,
    })),

  backup: (path: string) => stores.backup(path),

  close: () => stores.close(),
};

/** What this process can be asked for. */
export type ReplicaCommands = typeof commands;

answer(commands);

function open({ folder, url, token, compression }: ReplicaPlace) {
  const connected = new Promise<void>((resolve) => {
    connect = resolve;
  });
  return openDatastores({
    folder,
    datastores: [entries],
    url,
    compression,
    token: () => connected.then(() => token),
    drainMs: false,
  });
}

function collection(): RxCollection<Entry> {
  return stores.entry as unknown as RxCollection<Entry>;
}

async function contents(): Promise<readonly Entry[]> {
  const documents = await collection().find().exec();
  return documents.map((document) => document.toJSON() as Entry);
}
