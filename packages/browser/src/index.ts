export type { StorageEncryption } from './encryption/storage-encryption.ts';
export { type BrowserDatastores, type OpenDatastoresOptions, openDatastores } from './open.ts';
export type { LostReplica } from './room/eviction.ts';
export type { StorageRoom } from './room/storage-room.ts';
export { type BlocksStorageOptions, getRxStorageBlocks, type RxStorageBlocks } from './storage/blocks/storage.ts';
export type { BrowserStorage, StorageChoice } from './storage/choice.ts';
export type { BrowserControl, SignOutOptions } from './tab.ts';
