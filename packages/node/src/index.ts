export { type OpenDatastoresOptions, openDatastores } from './open.ts';
export { getRxStorageSQLite, type SQLiteStorageOptions } from './storage/storage.ts';
