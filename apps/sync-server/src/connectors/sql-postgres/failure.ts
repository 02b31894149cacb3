import { DatabaseError } from 'pg';
import { SystemError } from '../connector.ts';
import type { Failure } from '../sql/failure.ts';

/** Classifies by SQLSTATE; what is no answer of the database is a failure of the way to it. Rethrows programming errors. */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof SystemError) return { is: 'system', error };
  if (error instanceof DatabaseError) return classifyState(error, error.code ?? '');
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
  const kind = /password|SASL|SSL|certificate/i.test(error.message) ? 'auth' : 'down';
  return system(kind, error);
}

function classifyState(error: DatabaseError, state: string): Failure {
  const [, kind] = SYSTEM_STATES.find(([prefix]) => state.startsWith(prefix)) ?? [];
  if (kind) return system(kind, error);
  if (BUSY_STATES.some((prefix) => state.startsWith(prefix))) return { is: 'busy', reason: `${error.message}.` };
  if (state.startsWith('22')) return { is: 'bad-value', error };
  return { is: 'refused', error };
}

function system(kind: SystemError['kind'], cause: Error): Failure {
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
  const text = cause.message || 'the connection failed';
  return { is: 'system', error: new SystemError(kind, `PostgreSQL: ${text}${code}. ${REMEDIES[kind]}`, { cause }) };
}

/** Longer prefixes first. Class 42 is about the statement, hence the declared tables; but 428C9 is about a value. */
const SYSTEM_STATES: readonly (readonly [string, SystemError['kind'] | null])[] = [
  ['428C9', null],
  ['42501', 'auth'],
  ['42', 'shape'],
  ['28', 'auth'],
  ['3D', 'shape'],
  ['3F', 'shape'],
  ['0A', 'shape'],
  ['53300', 'throttled'],
  ['53', 'down'],
  ['08', 'down'],
  ['57014', null],
  ['57', 'down'],
  ['58', 'down'],
  ['25006', 'down'],
  ['XX', 'down'],
];

const BUSY_STATES = ['40', '55P03', '55006', '57014'];

const REMEDIES: Readonly<Record<SystemError['kind'], string>> = {
  down: 'Tried again by itself.',
  throttled: 'Tried again by itself; fewer connections or a higher max_connections help.',
  auth: 'Check user, password, grants and TLS settings of the connection.',
  shape: 'Compare the declared stream with the tables of the database.',
  'cursor-lost': 'A full comparison follows by itself.',
};
