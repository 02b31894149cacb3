import type { Database } from 'better-sqlite3';
import type { SystemState } from '../system-state.ts';

/** Reads and writes the state of systems. */
export function prepareSystems(database: Database) {
  const read = database.prepare<[string], SystemState>(
    `select system, state, since, failures, retry_at as retryAt, error, last_success_at as lastSuccessAt
     from system_state where system = ?`,
  );
  const write = database.prepare<[SystemState]>(
    `insert or replace into system_state (system, state, since, failures, retry_at, error, last_success_at)
     values (:system, :state, :since, :failures, :retryAt, :error, :lastSuccessAt)`,
  );

  return {
    get: (system: string): SystemState | null => read.get(system) ?? null,
    put: (state: SystemState): void => void write.run(state),
  };
}
