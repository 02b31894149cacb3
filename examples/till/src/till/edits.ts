import { type Signal, signal } from '@preact/signals';
import { firstValueFrom } from 'rxjs';
import type { TillStores } from './open-till.ts';

const FIELDS = ['phone', 'email', 'notes'] as const;

/** What can be corrected at the counter. */
export type CustomerPatch = Partial<Record<(typeof FIELDS)[number], string>>;

/** A field that two people changed at the same time. What somebody else wrote counts, until this till says otherwise. */
export interface Clash {
  readonly customerId: string;
  readonly field: keyof CustomerPatch;
  readonly mine: string;
  readonly kept: string;
}

/** The edits of customers that were made at this till, and those of them that met another one. */
export interface Edits {
  readonly clashes: Signal<readonly Clash[]>;
  save(customerId: string, patch: CustomerPatch): Promise<void>;
  /** Takes a clash off the list; `mine` writes the value again, now in full knowledge of the other one. */
  resolve(clash: Clash, choice: 'mine' | 'kept'): Promise<void>;
}

/** Waits for the answers of the server also after a reload: an offline edit may be answered the next day. */
export function createEdits(stores: TillStores, till: string): Edits {
  const [openKey, clashKey] = [`edits-${till}`, `clashes-${till}`];
  const open = new Map(read<[string, CustomerPatch]>(openKey));
  const clashes = signal<readonly Clash[]>(read<Clash>(clashKey));
  const setClashes = (next: readonly Clash[]) => {
    clashes.value = next;
    localStorage.setItem(clashKey, JSON.stringify(next));
  };
  const setOpen = (customerId: string, patch: CustomerPatch | null) => {
    if (patch === null) open.delete(customerId);
    else open.set(customerId, patch);
    localStorage.setItem(openKey, JSON.stringify([...open]));
  };
  const watch = async (customerId: string) => {
    const { outcome } = await stores.confirm(customerId, {
      datastore: 'customer',
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    const patch = open.get(customerId);
    if (outcome === 'queued' || patch === undefined) return;
    const customer = await stores.customer.findOne(customerId).exec();
    const lost = FIELDS.flatMap((field): Clash[] => {
      const [mine, kept] = [patch[field], customer?.[field] ?? ''];
      return mine === undefined || mine === kept ? [] : [{ customerId, field, mine, kept }];
    });
    if (lost.length > 0) setClashes([...clashes.value, ...lost]);
    setOpen(customerId, null);
    await discardRejected(stores, customerId);
  };
  for (const customerId of open.keys()) void watch(customerId);
  const save = async (customerId: string, patch: CustomerPatch) => {
    const customer = await stores.customer.findOne(customerId).exec();
    setOpen(customerId, { ...open.get(customerId), ...patch });
    await customer?.incrementalPatch(patch);
    void watch(customerId);
  };
  return {
    clashes,
    save,
    async resolve(clash, choice) {
      setClashes(clashes.value.filter((other) => other !== clash));
      if (choice === 'mine') await save(clash.customerId, { [clash.field]: clash.mine });
    },
  };
}

function read<T>(key: string): T[] {
  return JSON.parse(localStorage.getItem(key) ?? '[]') as T[];
}

/** What was refused is on the list of the till's own now. */
async function discardRejected(stores: TillStores, customerId: string): Promise<void> {
  for (const change of await firstValueFrom(stores.rejected$)) {
    if (change.datastore === 'customer' && change.id === customerId) await stores.discard(change);
  }
}
