import type { Database } from 'better-sqlite3';
import type { Counted, DocumentKey } from '../document.ts';
import type { FieldDigests } from '../field-digests.ts';
import type { ReplicaTable } from '../work/tables.ts';

interface Row {
  readonly base: string | null;
  readonly edit: number;
  readonly refused: number;
  readonly amounts: string;
}

/** Claims of replicas and the newest rows of each. */
export function prepareReplicas(database: Database) {
  const readSubject = database.prepare<[string], string>('select subject from replica where replica = ?').pluck();
  const claim = database.prepare<[string, string, number]>(
    'insert into replica (replica, subject, claimed_at) values (?, ?, ?) on conflict (replica) do nothing',
  );
  const readCounted = database.prepare<[string, string, string, string], Row>(
    'select base, edit, refused, amounts from counted where scope = ? and datastore = ? and id = ? and replica = ?',
  );
  const writeCounted = database.prepare<[string, string, string, string, string | null, number, number, string]>(
    `insert into counted (scope, datastore, id, replica, base, edit, refused, amounts) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (scope, datastore, id, replica) do update set
       overtaken = case when base is excluded.base then overtaken end,
       base = excluded.base, edit = excluded.edit, refused = excluded.refused, amounts = excluded.amounts`,
  );
  const addCounted = database.prepare<[string, string, string, string, string | null, number]>(
    `insert into counted (scope, datastore, id, replica, base, edit, refused, amounts) values (?, ?, ?, ?, ?, ?, 0, '{}')
     on conflict (scope, datastore, id, replica) do nothing`,
  );
  const removeCounted = database.prepare<[string, string, string, string]>(
    'delete from counted where scope = ? and datastore = ? and id = ? and replica = ?',
  );

  const readOvertaken = database
    .prepare<[string, string, string, string], string | null>(
      'select overtaken from counted where scope = ? and datastore = ? and id = ? and replica = ?',
    )
    .pluck();
  const writeOvertaken = database.prepare<[string, string, string, string, string]>(
    'update counted set overtaken = ? where scope = ? and datastore = ? and id = ? and replica = ?',
  );

  function overtaken(scope: string, { datastore, id }: DocumentKey, replica: string): readonly FieldDigests[] {
    const text = readOvertaken.get(scope, datastore, id, replica) ?? null;
    return text === null ? [] : (JSON.parse(text) as readonly FieldDigests[]);
  }

  const table: ReplicaTable = {
    overtaken,
    addOvertaken: (scope, key, state) => {
      const states = JSON.stringify([...overtaken(scope, key, key.replica), state]);
      writeOvertaken.run(states, scope, key.datastore, key.id, key.replica);
    },
    counted: (scope, { datastore, id }, replica) => {
      const row = readCounted.get(scope, datastore, id, replica);
      if (row === undefined) return null;
      const { base, edit, refused } = row;
      const amounts = JSON.parse(row.amounts) as Counted['amounts'];
      return { datastore, id, replica, base, edit, refused: refused === 1, amounts };
    },
    putCounted: (scope, { datastore, id, replica, base, edit, refused, amounts }) =>
      void writeCounted.run(scope, datastore, id, replica, base, edit, refused ? 1 : 0, JSON.stringify(amounts)),
    addCounted: (scope, { datastore, id, replica, base, edit }) =>
      void addCounted.run(scope, datastore, id, replica, base, edit),
    removeCounted: (scope, { datastore, id }, replica) => void removeCounted.run(scope, datastore, id, replica),
  };
  return {
    ...table,
    subjectOf: (replica: string): string | null => readSubject.get(replica) ?? null,
    /** Binds a replica that is still free, and says whose it is then. */
    claim: (replica: string, subject: string, now: number): string => {
      claim.run(replica, subject, now);
      return readSubject.get(replica) as string;
    },
  };
}
