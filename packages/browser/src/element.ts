export { type DatastoresStatusElement, defineStatusElement } from './element/status-element.ts';
export { statusText } from './element/status-text.ts';
export type { SyncState, SyncWord } from './view/sync-state.ts';
