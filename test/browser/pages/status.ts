import { type DatastoresStatusElement, defineStatusElement } from '@datastores/browser/element';
import type { OverallStatus, RejectedChange, Status } from '@datastores/core';
import { BehaviorSubject } from 'rxjs';
import { expose } from './expose.ts';

const quiet: Status = {
  state: 'starting',
  pulled: 0,
  remaining: 0,
  syncedAt: null,
  error: null,
  checked: null,
  progress: null,
};
const overall = (status: Partial<Status> | null): OverallStatus => {
  const one: Status = { ...quiet, ...status };
  return {
    state: one.state,
    datastores: status === null ? {} : { order: one },
    pulled: one.pulled,
    remaining: one.remaining,
    progress: { done: 0, total: 0 },
  };
};
const stores = {
  status$: new BehaviorSubject(overall({})),
  unpushed$: new BehaviorSubject(0),
  rejected$: new BehaviorSubject<readonly RejectedChange[]>([]),
};

const before = document.createElement('datastores-status') as DatastoresStatusElement;
before.stores = stores;
defineStatusElement();
defineStatusElement();
document.documentElement.style.cssText = 'color-scheme: light dark; background: Canvas; color: CanvasText';
const shop = document.createElement('h1');
shop.textContent = 'Shop';
document.body.append(shop, before);

/** What the page offers to tests. */
export type StatusPage = typeof page;

const page = expose({
  set: (status: Partial<Status> | null, unpushed = 0, rejected = 0) => {
    stores.status$.next(overall(status));
    stores.unpushed$.next(unpushed);
    stores.rejected$.next(Array.from({ length: rejected }, () => ({})) as unknown as readonly RejectedChange[]);
  },
  shown: () => {
    const { width, height } = before.getBoundingClientRect();
    const badge = before.shadowRoot?.querySelector<HTMLElement>('[part=badge]');
    return {
      text: before.shadowRoot?.querySelector('[part=text]')?.textContent,
      badge:
        badge !== null && badge !== undefined && getComputedStyle(badge).visibility === 'visible'
          ? badge.textContent
          : null,
      state: before.shadowRoot?.querySelector<HTMLElement>('[part=status]')?.dataset['state'],
      size: [width, height],
    };
  },
  inGerman: () => {
    before.text = ({ state, unpushed }) => (state === 'offline' ? `Offline, ${unpushed} warten` : state);
  },
  detach: () => before.remove(),
  observed: () => stores.status$.observed,
});
