import { DatastoreError } from '../errors.ts';
import type { Datastore } from './datastore.ts';

/** Most datastores of one process. RxDB's open core has 13 open collections per process; one stays free for the replica. */
export const MAX_DATASTORES = 12;

/** Begins the names of the datastores that come with every replica, and of the journal. */
const OWN_PREFIX = 'datastores-';

/**
 * Refuses a set of datastores that one process cannot hold: TOO_MANY_DATASTORES for more than {@link MAX_DATASTORES},
 * SCHEMA_INVALID for an empty set, for entries that do not come from defineDatastore, and for two of one name.
 */
export function assertDatastoreSet(datastores: readonly Datastore[]): void {
  if (!Array.isArray(datastores) || datastores.length === 0) {
    throw invalid('No datastore is given.', 'Pass a list of at least one datastore made by defineDatastore.');
  }
  const foreign = datastores.findIndex((datastore) => !isDatastore(datastore));
  if (foreign >= 0) throw invalid(`Entry ${foreign} of the datastores is none.`, 'Make it with defineDatastore.');
  const names = datastores.map(({ name }) => name);
  const doubled = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  if (doubled.length > 0) {
    throw invalid(`Several datastores are called ${doubled.join(', ')}.`, 'Give each datastore a name of its own.');
  }
  const own = names.filter((name) => name.startsWith(OWN_PREFIX));
  if (own.length > 0) {
    throw invalid(`Names such as ${own.join(', ')} are the server's own.`, `Choose one without "${OWN_PREFIX}".`);
  }
  if (names.length > MAX_DATASTORES) {
    throw new DatastoreError(
      'TOO_MANY_DATASTORES',
      `${names.length} datastores are given, ${MAX_DATASTORES} are possible: ${names.join(', ')}.`,
    );
  }
}

function isDatastore(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { name, version, schema } = value as Partial<Datastore>;
  return typeof name === 'string' && typeof version === 'number' && Array.isArray(schema?.required);
}

function invalid(message: string, remedy: string): DatastoreError {
  return new DatastoreError('SCHEMA_INVALID', message, { remedy });
}
