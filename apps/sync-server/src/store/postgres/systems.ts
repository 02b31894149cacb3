import type { SystemState } from '../system-state.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const SAVE = `insert into system_state (system, state, since, failures, retry_at, error, last_success_at)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (system) do update set state = excluded.state, since = excluded.since, failures = excluded.failures,
    retry_at = excluded.retry_at, error = excluded.error, last_success_at = excluded.last_success_at`;

/** Saves the state of a system. */
export async function saveSystem(reader: Reader, state: SystemState): Promise<void> {
  const { system, since, failures, retryAt, error, lastSuccessAt } = state;
  await reader.run(statement(SAVE, system, state.state, since, failures, retryAt, error, lastSuccessAt));
}
