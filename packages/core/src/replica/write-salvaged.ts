import { fillWithDefaultSettings, type RxStorage } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import { createJournal } from './journal.ts';
import type { Identity, JournalEntry, PullState, RejectedChange } from './journal-entry.ts';
import type { FoundDocument, SalvagedEdits } from './salvage.ts';
import { startOver } from './start-over.ts';
import { type StorageInstance, type StoredDocument, serverMetaOf } from './stored.ts';

/** What is carried over into a new replica. */
export interface SalvagedReplica extends SalvagedEdits {
  /** Id of the replica that made the edits. */
  readonly replica: string;
  /** Changes that had been refused before. */
  readonly refused: readonly RejectedChange[];
  readonly states: readonly PullState[];
  /** Documents of RxDB's own store in the old replica. */
  readonly internals: readonly object[];
  readonly datastores: ReadonlyMap<string, Datastore>;
}

/** Entries and documents written in one go. */
const SLICE = 200;

/**
 * Writes what was salvaged of a replica into an empty storage. Who opens it finds a copy of the old replica that holds
 * nothing but its edits: they are pushed as the old one would have, after everything was pulled anew.
 */
export async function writeSalvaged(
  storage: RxStorage<unknown, unknown>,
  databaseName: string,
  salvaged: SalvagedReplica,
): Promise<void> {
  const { edits, rejected, refused, replica } = salvaged;
  const open = (place: Place) => openTable(storage, databaseName, place);
  for (const [place, found] of byTable(edits.map((edit) => edit.found))) {
    await fill(
      await open(place),
      found.map(({ document }) => unscoped(document)),
    );
  }
  await fill(await open({ datastore: '_rxdb_internal', schemaVersion: 0 }), undeclared(salvaged));
  const identity: Identity = { kind: 'identity', datastore: '', id: 'replica', replica, state: 'copied' };
  const entries: JournalEntry[] = [
    ...edits.map(({ entry }) => entry),
    ...refused,
    ...rejected,
    ...pullStates(salvaged),
  ];
  const journal = await createJournal({ storage, databaseName, databaseToken: 'salvage', multiInstance: false });
  try {
    for (const slice of slices(entries)) await journal.put(slice);
    await journal.put([identity]);
  } finally {
    await journal.close();
  }
}

async function fill(instance: StorageInstance, documents: readonly StoredDocument[]): Promise<void> {
  try {
    for (const slice of slices(documents)) {
      await instance.bulkWrite(
        slice.map((document) => ({ document })),
        'replication-salvage',
      );
    }
  } finally {
    await instance.close();
  }
}

/** What RxDB knows of datastores that are not declared; those that are it learns anew, in the declared version. */
function undeclared({ internals, datastores }: SalvagedReplica): StoredDocument[] {
  return (internals as readonly StoredDocument[]).filter((document) => {
    const name = /^collection\|(.+)-\d+$/.exec(document.id)?.[1];
    return name !== undefined && !document._deleted && !datastores.has(name);
  });
}

interface Place {
  readonly datastore: string;
  readonly schemaVersion: number;
}

function byTable(found: readonly FoundDocument[]): ReadonlyMap<Place, readonly FoundDocument[]> {
  const groups = new Map<string, FoundDocument[]>();
  for (const one of found) {
    const name = `${one.datastore}|${one.schemaVersion}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return new Map([...groups.values()].map((group) => [group[0] as Place, group]));
}

/** The indexes of the declared schema are made when the datastore is opened. */
function openTable(
  storage: RxStorage<unknown, unknown>,
  databaseName: string,
  { datastore, schemaVersion }: Place,
): Promise<StorageInstance> {
  return storage.createStorageInstance<Document>({
    databaseInstanceToken: 'salvage',
    databaseName,
    collectionName: datastore,
    schema: fillWithDefaultSettings<Document>({
      version: schemaVersion,
      primaryKey: 'id',
      type: 'object',
      properties: { id: { type: 'string', maxLength: 128 } },
    }),
    options: {},
    multiInstance: false,
    devMode: false,
  });
}

function* slices<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += SLICE) yield items.slice(start, start + SLICE);
}

/** Its generation counts complete pulls of the old replica; here none has begun. */
function unscoped(document: StoredDocument): StoredDocument {
  const { generation: _, ...meta } = document._meta as StoredDocument['_meta'] & { generation?: number };
  return { ...document, _meta: meta };
}

/** Everything is pulled before anything is pushed, so that the server knows what this replica has seen of deletions. */
function pullStates({ edits, states, datastores }: SalvagedReplica): PullState[] {
  const old = new Map(states.map((state) => [state.datastore, state]));
  const scopes = new Map([...old].map(([name, state]) => [name, new Set(Object.keys(state.checkpoint ?? {}))]));
  for (const { found } of edits) {
    const { scope } = serverMetaOf(found.document);
    const known = scopes.get(found.datastore) ?? new Set();
    if (scope !== undefined) scopes.set(found.datastore, known.add(scope));
  }
  return [...scopes].map(([name, names]): PullState => {
    const schemaVersion = datastores.get(name)?.version ?? old.get(name)?.schemaVersion ?? 0;
    const fresh = { kind: 'state', datastore: name, id: 'pull', checkpoint: null, complete: false } as const;
    const state: PullState = { ...fresh, acknowledged: {}, generations: {}, resetting: [], schemaVersion };
    return { ...startOver(state, [...names]), checkpoint: null };
  });
}
