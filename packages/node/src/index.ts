export type { Durability } from './storage/connection.ts';
export { getRxStorageSQLite, type RxStorageSQLite, type SQLiteStorageOptions } from './storage/storage.ts';
