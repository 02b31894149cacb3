import { pino } from 'pino';

/** Particulars of a log line. Keys that name a secret are replaced before anything is written. */
export type LogDetail = Readonly<Record<string, unknown>>;

/** Where the server says what it does: an event name that stays, and particulars. */
export interface Log {
  debug(event: string, detail?: LogDetail): void;
  info(event: string, detail?: LogDetail): void;
  warn(event: string, detail?: LogDetail): void;
  error(event: string, detail?: LogDetail): void;
}

/** How much is logged, from everything to nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** What to log and in which form. */
export interface LogOptions {
  readonly level: LogLevel;
  /** One readable line each instead of JSON. */
  readonly pretty?: boolean;
  /** Takes the finished lines. Default: standard error, so that standard output stays data. */
  readonly write?: (line: string) => void;
}

/** A log on pino. Writing is synchronous, so that the last line before a crash is there. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.pretty ? (line: string) => write(prettyLine(line)) : write },
  );
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, detail: LogDetail = {}) =>
      logger[level](redact(detail), event);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Says nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const SECRET_KEY = /secret|password|passwd|token|authorization|api-?key|credential|cookie/i;

/** Deep enough for what is logged; deeper values are cut, so that a cycle ends. */
const REDACTED_DEPTH = 6;

function redact(detail: LogDetail, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(detail)) {
    clean[key] = SECRET_KEY.test(key) ? '[redacted]' : redactValue(value, depth);
  }
  return clean;
}

function redactValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return { message: value.message, stack: value.stack, cause: causeOf(value) };
  if (value === null || typeof value !== 'object') return value;
  if (depth >= REDACTED_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, depth + 1));
  return redact(value as LogDetail, depth + 1);
}

function causeOf(error: Error): string | undefined {
  return error.cause instanceof Error ? error.cause.message : undefined;
}

function prettyLine(line: string): string {
  const { level, time, event, ...detail } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(detail).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${[String(event), ...rest].join(' ')}\n`;
}
