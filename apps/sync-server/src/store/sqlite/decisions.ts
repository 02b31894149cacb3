import type { Database } from 'better-sqlite3';
import type { DecisionRecord } from '../document.ts';

type Values = 'base' | 'server' | 'proposed' | 'result';
type Row = Omit<DecisionRecord, Values> & Readonly<Record<Values, string | null>>;

/** Adds and lists decisions. */
export function prepareDecisions(database: Database) {
  const add = database.prepare<[Row]>(
    `insert into decision (scope, datastore, id, field, rule, proposed_by, base, server, proposed, result, at)
     values (:scope, :datastore, :id, :field, :rule, :by, :base, :server, :proposed, :result, :at)`,
  );
  const newest = database.prepare<[number], Row>(
    `select scope, datastore, id, field, rule, proposed_by as "by", base, server, proposed, result, at
     from decision order by number desc limit ?`,
  );

  return {
    add: (decision: DecisionRecord): void => {
      const { base, server, proposed, result } = decision;
      const values = { base: write(base), server: write(server), proposed: write(proposed), result: write(result) };
      add.run({ ...decision, ...values });
    },
    newest: (limit: number): DecisionRecord[] =>
      newest.all(limit).map((row) => {
        const { base, server, proposed, result } = row;
        return { ...row, base: read(base), server: read(server), proposed: read(proposed), result: read(result) };
      }),
  };
}

/** An absent field is no JSON; it is kept apart from one that is null. */
function write(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function read(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text);
}
