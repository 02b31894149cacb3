import type { SyncState } from '../view/sync-state.ts';

/** The state in plain English words; give the element a function of your own as `text` for other languages. Pure. */
export function statusText(sync: SyncState): string {
  const { state, unpushed, rejected, remaining, needsSignIn } = sync;
  switch (state) {
    case 'synced':
      return 'Everything is synced';
    case 'local':
      return 'Saved on this device';
    case 'offline':
      return unpushed === 0
        ? 'Offline: nothing waits'
        : `Offline: ${changes(unpushed)} wait${unpushed === 1 ? 's' : ''}`;
    case 'syncing':
      if (unpushed > 0) return `Syncing: ${changes(unpushed)} to send`;
      return remaining > 0 ? `Syncing: ${remaining.toLocaleString('en')} to come` : 'Syncing';
    case 'action-required':
      if (needsSignIn) return 'Sign in to go on syncing';
      return rejected > 0
        ? `Action required: ${rejected.toLocaleString('en')} refused`
        : 'Action required: syncing has stopped';
  }
}

function changes(amount: number): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? 'change' : 'changes'}`;
}
