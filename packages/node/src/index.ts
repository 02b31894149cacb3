export { type OpenDatastoresOptions, openDatastores } from './open.ts';
export type { Durability } from './storage/connection.ts';
export type { SQLiteInstance, SQLiteInstanceOptions, SQLiteInternals } from './storage/instance.ts';
export { getRxStorageSQLite, type RxStorageSQLite, type SQLiteStorageOptions } from './storage/storage.ts';
