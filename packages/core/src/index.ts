export { type BackoffOptions, backoffDelay } from './backoff.ts';
export {
  DatastoreError,
  type DatastoreErrorCode,
  type DatastoreErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  isDatastoreError,
} from './errors.ts';
export { batch, eventDriven, realTime, type Strategy, scheduled } from './strategy.ts';
