import { useState } from 'preact/hooks';
import { useTill } from './context.ts';
import { toggleDevTools } from './dev-tools.ts';
import { useLive } from './use-live.ts';

/** Who this till is, and whether it is in touch with the shop. */
export function TillHeader() {
  const { name, stores, plug } = useTill();
  const [pulled, setPulled] = useState(plug.isPulled());
  const status = useLive(() => stores.status$, null, [stores]);
  const unpushed = useLive(() => stores.unpushed$, 0, [stores]);
  const toggle = () => {
    if (pulled) {
      plug.push();
      void stores.syncNow();
    } else plug.pull();
    setPulled(!pulled);
  };
  const { tone, words } = describe(status?.state ?? 'starting', status?.remaining ?? 0, unpushed);
  return (
    <header class="bar">
      <h1>
        <img src="/icon.svg" alt="" width="28" height="28" />
        Till {name}
      </h1>
      <p class={`status ${tone}`} role="status">
        <span class="dot" aria-hidden="true" />
        {words}
      </p>
      <button type="button" class="tools" onClick={() => void toggleDevTools(stores)}>
        DevTools
      </button>
      <button type="button" class="plug" role="switch" aria-checked={!pulled} onClick={toggle}>
        <span class="track" aria-hidden="true">
          <span class="thumb" />
        </span>
        Network
      </button>
    </header>
  );
}

function describe(
  state: string,
  remaining: number,
  unpushed: number,
): { readonly tone: string; readonly words: string } {
  const saved = unpushed === 1 ? '1 change is saved on this device' : `${unpushed} changes are saved on this device`;
  if (state === 'offline') return { tone: 'warn', words: unpushed === 0 ? 'Offline' : `Offline · ${saved}` };
  if (state === 'needs-sign-in' || state === 'stopped') return { tone: 'bad', words: 'Somebody has to sign in again' };
  if (state === 'starting') return { tone: 'busy', words: 'Connecting' };
  if (state === 'catching-up') {
    return { tone: 'busy', words: remaining > 0 ? `Catching up · ${remaining} to come` : 'Catching up' };
  }
  return unpushed === 0 ? { tone: 'good', words: 'Synced' } : { tone: 'busy', words: `Sending · ${saved}` };
}
