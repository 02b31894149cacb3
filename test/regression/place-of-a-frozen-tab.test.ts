import { customers, scheduled } from '@datastores/core';
import { BehaviorSubject } from 'rxjs';
import { expect, test } from 'vitest';
import { startService, writeThere } from '../support/sync.ts';
import { openTabs } from '../support/tabs.ts';

const ana = { id: 'c1', name: 'Ana', status: 'active' };

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

// Only the documents were protected by their revisions: the older place took that of the successor, and what the server had
// compacted in between would have been a reset.
test.each(['customer', 'datastores-journal'])(
  'a tab that is frozen at a write to %s and was replaced does not set back how far its successor has pulled',
  async (collection) => {
    await using server = await startService([customers]);
    const leads = { first: new BehaviorSubject(true), second: new BehaviorSubject(false) };
    const strategies = { customer: scheduled('0 0 1 1 *') };
    /** Where the last pull began. */
    let asked: number | undefined;
    const pull: typeof server.service.pull = (request, caller) => {
      if (request.datastore === 'customer') asked = request.checkpoint?.['main']?.seq;
      return server.service.pull(request, caller);
    };
    await using tabs = await openTabs({ ...server.service, pull }, { datastores: [customers], strategies, leads });
    await tabs.first.stores.syncNow();
    await writeThere(server.store, customers, [ana]);
    const [frozen, awake] = [gate(), gate()];
    let places = 0;
    tabs.first.hooked.before = async ({ collection: written, ids }) => {
      if (ids.some((id) => id === 'customer|state|pull')) places += 1;
      if (written !== collection) return;
      frozen.open();
      await awake.opened;
    };
    const cycle = tabs.first.stores.syncNow();
    await frozen.opened;
    leads.second.next(true);
    await writeThere(server.store, customers, [{ ...ana, id: 'c2' }]);
    await tabs.second.stores.syncNow();
    const before = places;

    awake.open();
    leads.first.next(false);
    await cycle;
    await tabs.first.stores.close();

    expect(places).toBe(before);
    await tabs.second.stores.syncNow();
    expect(asked).toBe(2);
  },
);
