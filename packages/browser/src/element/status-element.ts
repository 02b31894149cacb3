import { asyncScheduler, type Subscription, throttleTime } from 'rxjs';
import { type SyncSource, type SyncState, syncState$, UNKNOWN_SYNC } from '../view/sync-state.ts';
import { STATUS_ICONS } from './status-icon.ts';
import { STATUS_STYLE } from './status-style.ts';
import { statusText } from './status-text.ts';

/** `<datastores-status>`: how the replication stands, in words, with a badge that counts what waits. */
export interface DatastoresStatusElement extends HTMLElement {
  /** The open datastores; null: none yet. */
  stores: SyncSource | null;
  /** Writes the state in words, e.g. in another language. Default: {@link statusText}. */
  text: (sync: SyncState) => string;
}

/** A screen reader must not be talked over by every document of a first sync. */
const EVERY_MS = 400;

/**
 * Makes `<datastores-status>` known to the page, or the same under another name with a hyphen; further calls change nothing.
 * Give the element the open datastores as `stores`. Colours: custom properties `--datastores-status-ink`, `-paper`, `-line`,
 * `-good`, `-busy`, `-away`, `-alarm`, width `--datastores-status-width`; parts: `status`, `icon`, `text`, `badge`.
 */
export function defineStatusElement(name = 'datastores-status'): void {
  // The class of elements does not exist where a server renders the page.
  if (typeof customElements === 'undefined' || customElements.get(name) !== undefined) return;
  customElements.define(name, createElementClass());
}

function createElementClass(): CustomElementConstructor {
  return class extends HTMLElement implements DatastoresStatusElement {
    #stores: SyncSource | null = null;
    #text = statusText;
    #sync: SyncState = UNKNOWN_SYNC;
    #subscription: Subscription | undefined;
    readonly #parts = createParts(this.attachShadow({ mode: 'open' }));

    get stores(): SyncSource | null {
      return this.#stores;
    }

    set stores(stores: SyncSource | null) {
      this.#stores = stores;
      if (this.isConnected) this.#follow();
    }

    get text(): (sync: SyncState) => string {
      return this.#text;
    }

    set text(text: (sync: SyncState) => string) {
      this.#text = text;
      this.#show(this.#sync);
    }

    connectedCallback(): void {
      // What was set before the element was known lies on it as a property of its own, in front of the setter.
      for (const property of ['stores', 'text'] as const) {
        if (!Object.hasOwn(this, property)) continue;
        const value: unknown = Reflect.get(this, property);
        Reflect.deleteProperty(this, property);
        Reflect.set(this, property, value);
      }
      this.#follow();
    }

    disconnectedCallback(): void {
      this.#subscription?.unsubscribe();
      this.#subscription = undefined;
    }

    #follow(): void {
      this.#subscription?.unsubscribe();
      this.#show(UNKNOWN_SYNC);
      const pace = throttleTime<SyncState>(EVERY_MS, asyncScheduler, { leading: true, trailing: true });
      this.#subscription =
        this.#stores === null
          ? undefined
          : syncState$(this.#stores)
              .pipe(pace)
              .subscribe((sync) => this.#show(sync));
    }

    #show(sync: SyncState): void {
      this.#sync = sync;
      const { status, icon, text, badge } = this.#parts;
      const waiting = sync.state === 'action-required' && sync.rejected > 0 ? sync.rejected : sync.unpushed;
      status.dataset['state'] = sync.state;
      icon.setAttribute('d', STATUS_ICONS[sync.state]);
      setText(text, this.#text(sync));
      setText(badge, waiting > 999 ? '999+' : String(waiting));
      badge.toggleAttribute('data-empty', waiting === 0);
    }
  };
}

/** The same text set again would be read out again. */
function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
  if (place.title !== text) place.title = text;
}

function createParts(root: ShadowRoot) {
  const style = document.createElement('style');
  style.textContent = STATUS_STYLE;
  const status = part('div', 'status');
  status.setAttribute('role', 'status');
  status.setAttribute('aria-live', 'polite');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('part', 'icon');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  icon.setAttribute('fill-rule', 'evenodd');
  svg.append(icon);
  const text = part('span', 'text');
  const badge = part('span', 'badge');
  // The number is part of the text already.
  badge.setAttribute('aria-hidden', 'true');
  status.append(svg, text, badge);
  root.append(style, status);
  return { status, icon, text, badge };
}

function part(tag: string, name: string): HTMLElement {
  const element = document.createElement(tag);
  element.setAttribute('part', name);
  return element;
}
