import type { JsonValue } from '@datastores/core/schema';
import type { ConnectorPlace, ConnectorSubject } from '@datastores/sync-server/conformance';
import { type Connector, type Page, type Stream, SystemError, type Traits } from '@datastores/sync-server/connector';
import { digestRanges } from '../../../support/record-digests.ts';
import { createMemorySystem, type MemorySystem } from './memory-system.ts';

/** Makes a connector wrong: what it returns takes the place of the right one. */
export type Fault = (right: Connector, at: FaultPlace) => Connector;

/** What a fault may use. */
export interface FaultPlace {
  readonly system: MemorySystem;
  readonly stream: Stream;
  readonly pageSize: number;
}

/** A subject on a memory, right unless a fault is planted. */
export function memorySubject(traits: Traits, fault: Fault = (right) => right): ConnectorSubject {
  return {
    traits,
    transactions: true,
    digests: true,
    choosesKeys: true,
    losesAnswers: true,
    stalls: true,
    values: { name: ['ä', '', 'last'], flag: [true, false], nested: [{ a: [1, { b: null }] }, [0.25]] },
    open: async (pageSize) => openPlace({ traits, fault, pageSize }),
  };
}

interface Opening {
  readonly traits: Traits;
  readonly fault: Fault;
  readonly pageSize: number;
}

function openPlace({ traits, fault, pageSize }: Opening): ConnectorPlace {
  const system = createMemorySystem();
  const connect = () => {
    const stream = rightStream(system, traits, pageSize);
    const check: Connector['check'] = ({ signal }) => system.answer(signal);
    const right: Connector = { kind: 'memory', streams: { items: stream }, check, close: async () => {} };
    return fault(right, { system, stream, pageSize });
  };
  const [connector, other] = [connect(), connect()];
  const wake = () => {
    system.state = 'well';
  };
  return {
    connector,
    stream: connector.streams.items as Stream,
    second: other.streams.items as Stream,
    other: {
      insert: async (records) => records.map((record) => system.insert({ ...record })),
      rename: async (key, name) => system.put(key, { ...system.item(key)?.data, name }),
      move: async (key, amount) => {
        const data = system.item(key)?.data;
        system.put(key, { ...data, quantity: Number(data?.quantity) + amount });
      },
      remove: async (key) => system.remove(key),
      count: async () => system.records.size,
      // Nothing of it can be seen before it is committed, and then it is behind everything that came meanwhile.
      insertLate: async (record) => ({
        key: 'late',
        commit: async () => system.put('late', { ...record }),
      }),
      insertAs: async (key, record) => {
        system.put(key, { ...record });
        return true;
      },
    },
    interrupt: async () => {
      system.state = 'away';
    },
    stall: async () => {
      system.state = 'silent';
    },
    loseNextAnswer: async () => {
      system.loseNext = true;
    },
    resume: async () => wake(),
    [Symbol.asyncDispose]: async () => wake(),
  };
}

function rightStream(system: MemorySystem, traits: Traits, pageSize: number): Stream {
  const stream: Stream = {
    traits,
    async get(keys, { signal }) {
      await system.answer(signal);
      return new Map(keys.flatMap((key) => [system.item(key)].flatMap((item) => (item ? [[key, item] as const] : []))));
    },
    async *scan(after, { signal }) {
      let last = after;
      for (;;) {
        await system.answer(signal);
        const from = last;
        const keys = [...system.records.keys()].filter((key) => from === null || key > from).sort();
        const changes = keys.slice(0, pageSize).flatMap((key) => system.change(key) ?? []);
        if (changes.length === 0) return;
        last = changes.at(-1)?.key ?? null;
        yield { changes, cursor: last };
      }
    },
    async digest({ ranges, list }, { signal }) {
      await system.answer(signal);
      return digestRanges(system.records, ranges, list);
    },
    async push(writes, { signal }) {
      await system.answer(signal);
      if (traits.batch.fails === 'all') {
        const kept = [...system.records];
        const outcomes = writes.map((write) => system.write(write, traits));
        if (outcomes.some(({ is }) => is === 'rejected')) {
          system.records.clear();
          for (const [key, record] of kept) system.records.set(key, record);
          for (const { id } of writes) system.done.delete(id);
          return outcomes.map((outcome) =>
            outcome.is === 'rejected' ? outcome : { is: 'rejected', reason: 'its batch was refused' },
          );
        }
        return outcomes;
      }
      const outcomes = writes.map((write) => system.write(write, traits));
      if (!system.loseNext) return outcomes;
      system.loseNext = false;
      return outcomes.map(() => ({ is: 'unknown', reason: 'no answer' }));
    },
    async find(write, { signal }) {
      await system.answer(signal);
      if (write.op === 'delete') return system.records.has(write.key) ? null : { key: write.key, data: {} };
      const found = [...system.records].find(([, { ref }]) => write.op === 'create' && ref === write.ref);
      return found ? system.item(found[0]) : null;
    },
  };
  if (traits.order === 'none') return stream;
  return { ...stream, changes: (cursor, { signal }) => readChanges(cursor, { system, traits, pageSize, signal }) };
}

interface Reading {
  readonly system: MemorySystem;
  readonly traits: Traits;
  readonly pageSize: number;
  readonly signal: AbortSignal;
}

async function* readChanges(cursor: JsonValue, reading: Reading): AsyncGenerator<Page> {
  const { system, traits, pageSize, signal } = reading;
  if (cursor !== null && typeof cursor !== 'number') throw new SystemError('cursor-lost', 'not made here');
  let at = cursor ?? 0;
  // A cursor in time that has come to the end begins the next pass a little before it.
  let back = traits.order === 'time' && at >= system.log.length ? 1 : 0;
  for (;;) {
    await system.answer(signal);
    const entries = system.since(at, back).slice(0, pageSize);
    back = 0;
    if (entries.length === 0) return;
    at = Math.max(at, entries.at(-1)?.at ?? at);
    const changes = entries.flatMap(({ key }) => system.change(key) ?? []);
    yield { changes: changes.filter(({ op }) => op === 'put' || traits.deletes === 'feed'), cursor: at };
    if (traits.order === 'time' && at >= system.log.length) return;
  }
}
