import type { Datastore } from '../schema/datastore.ts';
import type { JsonDocument } from '../schema/document.ts';
import { upgradeDocument } from '../schema/versions.ts';
import type { Journal } from './journal.ts';
import type { EditEntry, FrozenEdit, Origin, PullState } from './journal-entry.ts';
import { startOverAll } from './start-over.ts';
import { versionedKeys } from './versioned-keys.ts';

/** Entries changed in one go. */
const SLICE = 200;

/**
 * Brings the journal to the schema versions of the documents, which RxDB has migrated. Bases of unpushed edits are
 * upgraded with them: compared across two versions, every renamed field would look like a change of the user. The pull
 * starts over, since the server has shown the documents without what the older schema does not know. Each entry tells
 * its own version, so an upgrade that was broken off goes on where it stopped. Throws DOCUMENT_INVALID if a step of the
 * declaration fails on a base.
 */
export async function upgradeJournal(journal: Journal, datastores: ReadonlyMap<string, Datastore>): Promise<void> {
  const keys = versionedKeys(journal);
  for (let start = 0; start < keys.length; start += SLICE) {
    await journal.update<EditEntry | PullState>(keys.slice(start, start + SLICE), (current) => {
      const datastore = current === null ? undefined : datastores.get(current.datastore);
      if (current === null || datastore === undefined || current.schemaVersion >= datastore.version) return current;
      return current.kind === 'edit' ? upgradedEdit(current, datastore) : upgradedState(current, datastore);
    });
  }
}

function upgradedState(state: PullState, { version }: Datastore): PullState {
  return { ...startOverAll(state), schemaVersion: version };
}

function upgradedEdit({ base, next, held, origin, ...entry }: EditEntry, datastore: Datastore): EditEntry {
  const up = <T extends { readonly document: JsonDocument | null }>(state: T): T =>
    state.document === null
      ? state
      : { ...state, document: upgradeDocument(datastore, state.document, entry.schemaVersion) };
  return {
    ...entry,
    schemaVersion: datastore.version,
    base: up(base),
    ...(next === undefined ? {} : { next: up(next) }),
    ...(held === undefined ? {} : { held: up(held) }),
    ...(origin === undefined ? {} : { origin: withFrozen(origin, up) }),
  };
}

function withFrozen(origin: Origin, up: (state: FrozenEdit) => FrozenEdit): Origin {
  return origin.frozen === undefined ? origin : { ...origin, frozen: up(origin.frozen) };
}
