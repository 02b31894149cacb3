import { SystemError } from '../connector.ts';
import type { Failure } from '../sql/failure.ts';

/** An error that the database answered with. */
export interface AnswerError extends Error {
  readonly errno: number;
  readonly sqlState?: string;
}

/** True for what the database itself said, false for what went wrong on the way to it. */
export function isAnswer(error: unknown): error is AnswerError {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' && error.errno >= 1_000;
}

/** An error that refuses one record, as a trigger of the database would. */
export function refusal(message: string): AnswerError {
  return Object.assign(new Error(message), { errno: SIGNALLED, sqlState: '45000' });
}

/** Classifies by error number; what is no answer of the database is a failure of the way to it. Rethrows programming errors. */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof SystemError) return { is: 'system', error };
  if (isAnswer(error)) return classifyAnswer(error);
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
  const kind = /auth|ssl|certificate/i.test(`${codeOf(error)} ${error.message}`) ? 'auth' : 'down';
  return system(kind, error);
}

function classifyAnswer(error: AnswerError): Failure {
  const { errno } = error;
  const [kind] = Object.entries(SYSTEM).find(([, numbers]) => numbers.has(errno)) ?? [];
  if (kind) return system(kind as SystemError['kind'], error);
  if (BUSY.has(errno)) return { is: 'busy', reason: `${error.message}.` };
  if (BAD_VALUE.has(errno)) return { is: 'bad-value', error };
  return { is: 'refused', error };
}

function system(kind: SystemError['kind'], cause: Error): Failure {
  const code = codeOf(cause) && ` (${codeOf(cause)})`;
  const text = cause.message || 'the connection failed';
  return { is: 'system', error: new SystemError(kind, `MySQL: ${text}${code}. ${REMEDIES[kind]}`, { cause }) };
}

function codeOf(error: Error): string {
  if (isAnswer(error)) return String(error.errno);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** `signal` in a trigger or routine. */
const SIGNALLED = 1644;

const SYSTEM: Readonly<Partial<Record<SystemError['kind'], ReadonlySet<number>>>> = {
  // Access denied to database, user, table, column, routine or command; host refused; account locked or expired.
  auth: new Set([
    1044, 1045, 1129, 1130, 1131, 1133, 1142, 1143, 1227, 1251, 1370, 1396, 1410, 1524, 1698, 1820, 1862, 3118, 3955,
    4151,
  ]),
  // Unknown database, table, column, routine or zone; broken view; our own SQL refused.
  shape: new Set([1046, 1049, 1051, 1054, 1064, 1109, 1146, 1176, 1298, 1305, 1356, 4161]),
  // Too many connections, in all or of this user; too many calls in an hour.
  throttled: new Set([1040, 1203, 1226]),
  // Shutting down, killed, line broken, out of memory or disk, read-only since a switch to another server.
  down: new Set([
    1021, 1037, 1038, 1041, 1042, 1043, 1053, 1077, 1079, 1080, 1114, 1152, 1158, 1159, 1160, 1161, 1184, 1290, 1792,
    1836, 1927, 3032, 3169, 4031,
  ]),
};

/** Lock waits, deadlocks, statements that took too long, tables altered under way. */
const BUSY: ReadonlySet<number> = new Set([
  1020, 1099, 1100, 1205, 1206, 1213, 1317, 1412, 1613, 1614, 1615, 1969, 3024, 3572,
]);

/** Values that their column cannot hold. */
const BAD_VALUE: ReadonlySet<number> = new Set([
  1264, 1265, 1267, 1270, 1271, 1292, 1300, 1365, 1366, 1367, 1406, 1411, 1416, 1425, 1426, 1441, 1525, 1690, 3140,
  3141, 3155, 3156, 3157, 3854, 4078,
]);

const REMEDIES: Readonly<Record<SystemError['kind'], string>> = {
  down: 'Tried again by itself.',
  throttled: 'Tried again by itself; fewer connections or a higher max_connections help.',
  auth: 'Check user, password, grants and TLS settings of the connection.',
  shape: 'Compare the declared stream with the tables of the database.',
  'cursor-lost': 'A full comparison follows by itself.',
};
