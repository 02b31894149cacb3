import type { SyncWord } from '../view/sync-state.ts';

/** The shape of each state, on 16 by 16: told apart without colour. */
export const STATUS_ICONS: Readonly<Record<SyncWord, string>> = {
  synced: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m3.6 5.3-4.2 4.9a.8.8 0 0 1-1.2 0L4.4 9.4l1.1-1.1 1.3 1.2 3.6-4.2z',
  syncing:
    'M8 2a6 6 0 0 1 4.9 2.5V2.6h1.5v4.6H9.8V5.7h2A4.5 4.5 0 0 0 3.7 7H2.1A6 6 0 0 1 8 2m0 12a6 6 0 0 1-4.9-2.5v1.9H1.6V8.8h4.6v1.5h-2A4.5 4.5 0 0 0 12.3 9h1.6A6 6 0 0 1 8 14',
  offline:
    'm2.3 1.2 12.5 12.5-1.1 1.1-2-2H4.5A3.5 3.5 0 0 1 3.8 5L1.2 2.3zM8 3a4.5 4.5 0 0 1 4.4 3.6A3 3 0 0 1 14.3 11L6.1 3.4A5 5 0 0 1 8 3',
  'action-required': 'M8 1.2 15.4 14H.6zM7.2 6v4h1.6V6zm0 5.2v1.6h1.6v-1.6z',
  local:
    'M3 2h10a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H9v1.2h2.5v1.3h-7v-1.3H7V12H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1m.5 1.5v7h9v-7z',
};
