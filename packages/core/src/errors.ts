import { type DatastoreErrorCode, REMEDIES } from './error-remedies.ts';

/** What can be said about one error beside its code and message. */
export interface DatastoreErrorOptions {
  /** The error underneath, for logs. Never sent over the wire. */
  readonly cause?: unknown;
  /** Overrides the remedy of the table where the place that throws knows better. */
  readonly remedy?: string;
  /** Overrides the table, for an error whose code only the other side knows. */
  readonly retryable?: boolean;
  /** Milliseconds after which a repeat makes sense, where the other side said so. */
  readonly retryAfterMs?: number;
  /** Machine-readable particulars, e.g. the issues of an invalid document. JSON only. */
  readonly details?: unknown;
}

/** The one error class of datastores. `message` names the particular cause, `remedy` says what to do. */
export class DatastoreError extends Error {
  override readonly name = 'DatastoreError';
  readonly code: DatastoreErrorCode;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: unknown;

  constructor(code: DatastoreErrorCode, message: string, options: DatastoreErrorOptions = {}) {
    const remedy = options.remedy ?? REMEDIES[code].remedy;
    super(`${code}: ${message} ${remedy}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = remedy;
    this.retryable = options.retryable ?? REMEDIES[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }
}

/** True for an error of datastores, also across two copies of this package in one process. */
export function isDatastoreError(error: unknown): error is DatastoreError {
  return error instanceof Error && error.name === 'DatastoreError' && 'code' in error && 'remedy' in error;
}
