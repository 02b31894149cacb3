import type { DatastoresControl } from '@datastores/core';
import { Subscription } from 'rxjs';
import { statusText } from '../element/status-text.ts';
import { syncState$ } from '../view/sync-state.ts';
import { createEventLog } from './event-log.ts';
import { createOfflineSwitch } from './offline-switch.ts';
import { createPanel } from './panel.ts';
import { viewsOf } from './views.ts';

/** How to open the panel. */
export interface DevToolsOptions {
  /** Base of the server's tRPC routes, which the offline switch cuts off; without it, every request with `/trpc/` in its path. */
  readonly url?: string;
  /** True if the panel is to be open from the beginning. */
  readonly open?: boolean;
}

/** The developer tools of a page. */
export interface DevTools {
  /** Opens or closes the panel; what happens meanwhile is logged. */
  toggle(): void;
  /** Takes everything off the page again, the offline switch too. */
  close(): void;
}

/**
 * A panel with documents, journal, refused changes, conflicts, receipts and events of the open datastores, and a switch that
 * takes this tab offline. Ctrl+Shift+D opens and closes it. For development: nothing of it is in the bundle of an
 * application that does not import it.
 */
export function openDevTools(stores: DatastoresControl, options: DevToolsOptions = {}): DevTools {
  const { url } = options;
  const base = url === undefined ? undefined : new URL(url, location.href).href;
  const offline = createOfflineSwitch((asked) =>
    base === undefined ? new URL(asked).pathname.includes('/trpc/') : asked.startsWith(base),
  );
  const log = createEventLog(stores);
  const toggle = () => panel.setOpen(!panel.isOpen());
  const panel = createPanel({
    views: viewsOf(stores, log),
    onClose: toggle,
    setOffline(next) {
      offline.set(next);
      // Both ways it is noticed at once, not at the next exchange.
      stores.syncNow().catch(() => undefined);
    },
  });
  const subscription = new Subscription();
  subscription.add(syncState$(stores).subscribe((sync) => panel.say(statusText(sync))));
  const onKey = (event: KeyboardEvent) => {
    if (!event.ctrlKey || !event.shiftKey || event.code !== 'KeyD') return;
    event.preventDefault();
    toggle();
  };
  addEventListener('keydown', onKey);
  if (options.open === true) toggle();
  return {
    toggle,
    close() {
      removeEventListener('keydown', onKey);
      subscription.unsubscribe();
      log.close();
      panel.close();
      offline.close();
    },
  };
}
