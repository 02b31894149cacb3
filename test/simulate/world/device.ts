import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Datastores, openReplicated } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxCollection, RxStorage } from 'rxdb';
import { cutPower } from '../virtual/disk.ts';
import type { Process } from '../virtual/scheduler.ts';
import { DATASTORES, type DatastoreName } from './datastores.ts';
import type { Line } from './line.ts';
import { createTransport } from './transport.ts';
import type { TransportParts } from './transport-parts.ts';

/** An open replica. */
export type Stores = Datastores<typeof DATASTORES>;

/** A device with a replica on it, through all the lives of its process. */
export interface Device {
  readonly name: string;
  readonly line: Line;
  /** The process of this life, or of the last one. */
  process(): Process;
  /** The open replica; null while there is none. */
  stores(): Stores | null;
  collection(name: DatastoreName): RxCollection | null;
  /** Where its database lies in this life. */
  file(): string;
  /** Opens the replica, with whatever is on the disk. Resolves when it is open, or has failed to. */
  start(): Promise<void>;
  /** Ends the process as a power cut does. What was not durable is lost. */
  crash(): void;
  /** Notes that the file was taken away already, in the middle of a statement. */
  crashed(): void;
  /** Ends the replica as an application does. */
  close(): Promise<void>;
}

/** What a device is made of. */
export interface DeviceParts extends Omit<TransportParts, 'device' | 'streams'> {
  readonly name: string;
  readonly folder: string;
  /** Told when a start failed. */
  readonly failed: (error: unknown) => void;
}

/** After how long a process that could not start is started again, milliseconds. */
const RESTART_MS = 1_000;

const WATCHDOG: Process = { name: 'watchdog', alive: true, clockOffsetMs: 0, timers: 0 };

/** Makes a device that is switched off. */
export function createDevice(parts: DeviceParts): Device {
  const { name, folder, scheduler, line } = parts;
  let life = 0;
  let process: Process = { name, alive: false, clockOffsetMs: 0, timers: 0 };
  let stores: Stores | null = null;
  const streams = new Set<() => void>();
  const fileOf = (number: number) => join(folder, `${name}-${number}.db`);

  async function start(): Promise<void> {
    const before = fileOf(life);
    life += 1;
    const own: Process = { name, alive: true, clockOffsetMs: process.clockOffsetMs, timers: 0 };
    process = own;
    // The storage knows files that it has open by their names, and the process of the last life never closed its own.
    if (life > 1) moveFile(before, fileOf(life));
    // A flush by a thread of Node's ends when it ends; what a power cut takes is decided in between statements here.
    const storage = getRxStorageSQLite({ filename: fileOf(life), durability: 'normal' }) as RxStorage<unknown, unknown>;
    const transport = createTransport({ ...parts, device: own, streams });
    try {
      const opened = await scheduler.perform(own, `${name} opens`, () =>
        openReplicated({
          datastores: DATASTORES,
          name: 'replica',
          storage: { ...storage, name: fileOf(life) },
          multiInstance: false,
          transport,
          // In some lives a replica begins with a comparison, in others with an exchange.
          mayLackWrites: life % 2 === 0,
        }),
      );
      if (own.alive) stores = opened;
      else forget(opened);
    } catch (error) {
      parts.failed(error);
      if (own.alive) crash();
      // Whoever runs it starts it again.
      if (process === own) scheduler.after(RESTART_MS, WATCHDOG, { label: `${name} starts`, run: () => void start() });
    }
  }

  function crash(): void {
    cutPower(fileOf(life));
    crashed();
  }

  function crashed(): void {
    process.alive = false;
    for (const hangUp of [...streams]) hangUp();
    streams.clear();
    if (stores !== null) forget(stores);
    stores = null;
  }

  return {
    name,
    line,
    process: () => process,
    stores: () => stores,
    collection: (datastore) => (stores === null ? null : (stores[datastore] as unknown as RxCollection)),
    file: () => fileOf(life),
    start,
    crash,
    crashed,
    async close() {
      const closing = stores;
      stores = null;
      if (closing !== null) await scheduler.perform(process, `${name} closes`, () => closing.close());
    },
  };
}

/** RxDB counts the collections that are open in a process; those of a dead one would count for ever. */
function forget(stores: Stores): void {
  for (const collection of Object.values(stores.database.collections)) collection.close().catch(() => undefined);
}

function moveFile(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(`${from}${suffix}`, `${to}${suffix}`);
    } catch {
      // Not every file has a log beside it.
    }
  }
}
