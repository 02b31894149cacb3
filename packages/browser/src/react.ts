export type { Live } from './react/live.ts';
export { useDocument } from './react/use-document.ts';
export { useLive, type Watchable } from './react/use-live.ts';
export { useReceipt } from './react/use-receipt.ts';
export { type AskedSearch, useSearch } from './react/use-search.ts';
export { useSync } from './react/use-sync.ts';
export type { SyncState, SyncWord } from './view/sync-state.ts';
