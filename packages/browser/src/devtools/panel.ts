import { Subscription } from 'rxjs';
import { element } from './dom.ts';
import { PANEL_STYLE } from './panel-style.ts';
import type { View } from './row.ts';
import { createRowList } from './row-list.ts';

/** The panel on the page. */
export interface Panel {
  readonly host: HTMLElement;
  /** Where the state of replication is said. */
  say(text: string): void;
  isOpen(): boolean;
  setOpen(open: boolean): void;
  close(): void;
}

/** What the panel shows and switches. */
export interface PanelParts {
  readonly views: readonly View[];
  readonly setOffline: (offline: boolean) => void;
  readonly onClose: () => void;
}

/** Builds the panel in a shadow root, so that neither styles of the page reach it nor its own the page. */
export function createPanel({ views, setOffline, onClose }: PanelParts): Panel {
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const counting = new Subscription();
  let showing = new Subscription();
  let current = -1;

  const offline = element(
    'button',
    { type: 'button', role: 'switch', 'aria-checked': 'false', class: 'switch' },
    'Offline',
  );
  offline.addEventListener('click', () => {
    const next = offline.getAttribute('aria-checked') !== 'true';
    offline.setAttribute('aria-checked', String(next));
    setOffline(next);
  });
  const state = element('span', { role: 'status', class: 'state' });
  const shut = element('button', { type: 'button', 'aria-label': 'Close', class: 'shut', click: onClose }, '×');
  const list = element('div', { role: 'tablist', 'aria-label': 'Datastores', class: 'tabs' });
  const body = element('div', { role: 'tabpanel', id: 'body', tabindex: '0', class: 'body' });
  const tabs = views.map(({ name, count$ }, at) => {
    const count = element('span', { class: 'count' });
    counting.add(
      count$.subscribe((number) => {
        count.textContent = number === null || number === 0 ? '' : number.toLocaleString('en');
      }),
    );
    return element(
      'button',
      { type: 'button', role: 'tab', id: `tab-${at}`, 'aria-controls': 'body', click: () => select(at) },
      name,
      count,
    );
  });
  list.append(...tabs);
  list.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -current, End: tabs.length - 1 - current }[key];
    if (step === undefined) return;
    select((current + step + tabs.length) % tabs.length);
    tabs[current]?.focus();
  });

  function select(at: number): void {
    const view = views[at];
    if (view === undefined || at === current) return;
    current = at;
    for (const [number, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(number === at));
      tab.tabIndex = number === at ? 0 : -1;
    }
    body.setAttribute('aria-labelledby', `tab-${at}`);
    showing.unsubscribe();
    showing = new Subscription();
    const rows = createRowList(view.empty);
    body.replaceChildren(...(view.controls === undefined ? [] : [view.controls]), rows.node);
    showing.add(
      view.rows$.subscribe({
        next: rows.show,
        error: (error: unknown) => body.replaceChildren(element('p', { class: 'empty' }, String(error))),
      }),
    );
  }

  const panel = element(
    'section',
    { 'aria-label': 'Developer tools of datastores', class: 'panel' },
    element('header', {}, element('strong', {}, 'datastores'), state, offline, shut),
    list,
    body,
  );
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') onClose();
  });
  const style = document.createElement('style');
  style.textContent = PANEL_STYLE;
  root.append(style, panel);
  return {
    host,
    say: (text) => {
      state.textContent = text;
    },
    isOpen: () => host.isConnected,
    setOpen(open) {
      if (open === host.isConnected) return;
      if (!open) {
        showing.unsubscribe();
        current = -1;
        host.remove();
        return;
      }
      document.body.append(host);
      select(0);
      tabs[0]?.focus();
    },
    close() {
      showing.unsubscribe();
      counting.unsubscribe();
      host.remove();
    },
  };
}
