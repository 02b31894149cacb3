export { type InspectionFinding, type InspectOptions, inspectReplica } from './inspect/inspect-replica.ts';
export { type NodeDatastores, type OpenDatastoresOptions, openDatastores } from './open.ts';
export type { FileCheck, ReplicaFile } from './open-file.ts';
export type { DamageReport } from './salvage/damage-report.ts';
export type { Backup } from './storage/backup.ts';
export type { Durability } from './storage/connection.ts';
export type { SQLiteInstance, SQLiteInstanceOptions, SQLiteInternals } from './storage/instance.ts';
export { getRxStorageSQLite, type RxStorageSQLite, type SQLiteStorageOptions } from './storage/storage.ts';
