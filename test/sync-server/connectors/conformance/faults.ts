import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Item, Outcome, Page, Stream, Write } from '@datastores/sync-server/connector';
import { SystemError } from '@datastores/sync-server/connector';
import type { Fault, FaultPlace } from './memory-place.ts';
import { readingFaults } from './reading-faults.ts';

/** What the stream of a connector does otherwise. */
export type StreamFault = (right: Stream, at: FaultPlace) => Partial<Stream>;

/** A fault of the stream alone. */
export function inStream(fault: StreamFault): Fault {
  return (right, at) => ({ ...right, streams: { items: { ...at.stream, ...fault(at.stream, at) } } });
}

/** A stream that pushes otherwise: what becomes of each batch. */
export function inPush(
  change: (outcomes: readonly Outcome[], writes: readonly Write[], at: FaultPlace) => readonly Outcome[],
): Fault {
  return inStream((right, at) => ({
    push: async (writes, context) => change((await right.push?.(writes, context)) ?? [], writes, at),
  }));
}

/** A stream whose pages are otherwise. */
export function inPages(method: 'changes' | 'scan', change: (page: Page, at: FaultPlace) => Page): Fault {
  return inStream((right, at) => ({
    async *[method](from: never, context: Parameters<Stream['get']>[1]) {
      for await (const page of right[method]?.(from, context) ?? []) yield change(page, at);
    },
  }));
}

/** Every push forgets what its guards were. */
const unguarded: Fault = inStream((right) => ({
  push: async (writes, context) => {
    const bare = writes.map((write) => ({ ...write, ifVersion: undefined }) as unknown as Write);
    return (await right.push?.(bare, context)) ?? [];
  },
}));

/** Every push sends another write id. */
const forgetful: Fault = inStream((right) => ({
  push: async (writes, context) =>
    (await right.push?.(
      writes.map((write) => ({ ...write, id: randomUUID() })),
      context,
    )) ?? [],
}));

/** Adds are read, added and set, with others in between. */
const racingAdds: Fault = inStream((right, { system }) => ({
  push: async (writes, context) => {
    const outcomes: Outcome[] = [];
    for (const write of writes) {
      const before = write.op === 'add' ? system.item(write.key)?.data : undefined;
      await new Promise((resolve) => setImmediate(resolve));
      const [outcome] = (await right.push?.([write], context)) ?? [];
      if (write.op === 'add' && before) {
        system.put(write.key, { ...before, quantity: Number(before.quantity) + (write.amounts.quantity ?? 0) });
      }
      outcomes.push(outcome as Outcome);
    }
    return outcomes;
  },
}));

const valueFault = (field: string, broken: unknown): Fault =>
  inStream((right) => ({
    get: async (keys, context) => {
      const found = await right.get(keys, context);
      const spoil = (item: Item): Item => ({ ...item, data: { ...item.data, [field]: broken as string } });
      return new Map([...found].map(([key, item]) => [key, field in item.data ? spoil(item) : item]));
    },
  }));

const plainErrors: Fault = inStream((right) => ({
  get: async (keys, context) => {
    try {
      return await right.get(keys, context);
    } catch {
      throw new Error('ECONNREFUSED');
    }
  },
}));

const ticking: Fault = (right, at) => {
  let timer: NodeJS.Timeout | undefined;
  const items: Stream = {
    ...at.stream,
    get: (keys, context) => {
      // It ends by itself long after the check, so that the test that plants it leaks nothing either.
      if (timer === undefined) timer = setTimeout(() => {}, 5_000);
      return at.stream.get(keys, context);
    },
  };
  return { ...right, streams: { items } };
};

/** One wrong connector for each check, by the name of the check. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...readingFaults({ inStream, inPages }),
  'check passes while the system is well': (right) => ({
    ...right,
    check: () => Promise.reject(new SystemError('auth', 'no token')),
  }),
  'outcomes come in the order of the writes': inPush((outcomes) => outcomes.toReversed()),
  'a deleted record is gone, and what is not there is missing': inPush((outcomes, writes) =>
    outcomes.map((outcome, at) => {
      const write = writes[at];
      const key = write && 'key' in write ? write.key : '';
      return outcome.is === 'missing' ? { is: 'applied', key } : outcome;
    }),
  ),
  'a value that does not fit is rejected, naming its field': inPush((outcomes) =>
    outcomes.map((outcome) => (outcome.is === 'rejected' ? { is: 'retry', reason: 'status 422' } : outcome)),
  ),
  'what was refused under a write id can be sent again under it': (() => {
    const refused = new Set<string>();
    return inPush((outcomes, writes) =>
      outcomes.map((outcome, at) => {
        const id = writes[at]?.id ?? '';
        if (outcome.is === 'rejected') refused.add(id);
        return refused.has(id) ? { is: 'rejected', reason: 'name was refused before', field: 'name' } : outcome;
      }),
    );
  })(),
  'the item that a write returns is the record as get reads it': inPush((outcomes) =>
    outcomes.map((outcome) =>
      outcome.is === 'applied' && outcome.item ? { ...outcome, item: { ...outcome.item, version: 'old' } } : outcome,
    ),
  ),
  'a create repeated under its write id makes one record': forgetful,
  'creates sent by two servers at once make one record each': forgetful,
  'find tells whether a create landed': inStream((_right, { system }) => ({
    // Looked up by its fields, so that another record like it is taken for it.
    find: async (write) => {
      const name = write.op === 'create' ? write.data.name : null;
      const found = [...system.records].find(([, { data }]) => data.name === name);
      return found ? system.item(found[0]) : null;
    },
  })),
  'find tells whether a delete landed': inStream((right) => ({
    find: async (write, context) => (write.op === 'delete' ? null : ((await right.find?.(write, context)) ?? null)),
  })),
  'a create whose answer was lost is unknown, and settled without a second record': inPush((outcomes) =>
    outcomes.map((outcome) => (outcome.is === 'unknown' ? { is: 'retry', reason: 'socket hang up' } : outcome)),
  ),
  'an update guarded by an old version conflicts and changes nothing': unguarded,
  'a delete guarded by an old version conflicts and deletes nothing': unguarded,
  'of two guarded updates at the same time one conflicts': unguarded,
  'adds are differences: with others adding at the same time nothing is lost': racingAdds,
  'an add repeated under its write id is added once, and sets its patch': forgetful,
  'a batch as large as claimed is made': inPush((outcomes) =>
    outcomes.map((outcome, at) => (at < 3 ? outcome : { is: 'rejected', reason: 'three at most' })),
  ),
  'a bad write in the middle leaves the others alone': inPush((outcomes) =>
    outcomes.some(({ is }) => is === 'rejected') ? outcomes.map(() => ({ is: 'rejected', reason: 'all' })) : outcomes,
  ),
  'a bad write in the middle fails all, and nothing is left of them': inStream((_right, { system, stream }) => ({
    push: async (writes) => writes.map((write) => system.write(write, stream.traits)),
  })),
  'values of name come back as they were written': valueFault('name', 'ä'),
  'values of quantity come back as they were written': valueFault('quantity', '0'),
  'values of flag come back as they were written': valueFault('flag', 1),
  'values of nested come back as they were written': valueFault('nested', '[object Object]'),
  'a patch empties a field with null and leaves a field that it does not hold': inStream((right) => ({
    push: async (writes, context) => {
      const kept = (patch: object) => Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));
      const changed = writes.map((write) => (write.op === 'update' ? { ...write, patch: kept(write.patch) } : write));
      return (await right.push?.(changed, context)) ?? [];
    },
  })),
  'while the system is away every call says that it is down, and afterwards all is well': plainErrors,
  'a call under a signal that has fired ends at once': inStream((_right, { system }) => ({
    get: async (keys) => new Map(keys.flatMap((key) => [[key, system.item(key) as Item] as const])),
  })),
  'a call that is cancelled on its way ends soon, and says nothing false': inStream((right) => ({
    get: async (keys, context) => {
      await sleep(20);
      if (context.signal.aborted) throw new DOMException('This operation was aborted', 'AbortError');
      return right.get(keys, context);
    },
  })),
  'a call that waits for a silent system ends soon after it is cancelled': inStream((right) => ({
    get: (keys, context) => right.get(keys, { ...context, signal: new AbortController().signal }),
  })),
  'close may be called twice, and before anything else': (right) => {
    let closed = false;
    return {
      ...right,
      close: async () => {
        if (closed) throw new Error('Called end on pool more than once');
        closed = true;
      },
    };
  },
  'close leaves no timer and no socket behind': ticking,
};
