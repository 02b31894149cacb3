import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { setDiskFault } from '../virtual/disk.ts';
import type { Action } from './action.ts';
import { USUAL } from './arrange.ts';
import type { Device } from './device.ts';
import { FAIR, type Weather } from './weather.ts';
import type { World } from './world.ts';

/** Ten years, milliseconds. */
const TEN_YEARS = 10 * 365 * 86_400_000;

/** How long a storm over one line, a partition or an outage lasts at most, milliseconds. */
const LONGEST_MS = 12_000;

/** What a server that comes back waits for at least: requests to external systems have arrived by then. */
const SERVER_AWAY_MS = 2_500;

/** Lets something go wrong. */
export function goWrong(world: World, action: Action): void {
  const { kind, target, a, b } = action;
  const device = world.devices.get(target);
  const later = (ms: number, label: string, run: () => void) => void world.scheduler.after(ms, NATURE, { label, run });
  const away = Math.floor(a * 4_000);
  switch (kind) {
    case 'weather':
    case 'partition': {
      const line = world.devices.get(target)?.line ?? world.systems[target]?.line;
      if (line === undefined) return;
      const bad = kind === 'weather' ? storm(a, b) : { ...FAIR, blocked: blockedBy(a) };
      // A request to a system never arrives after its sender has given up.
      line.weather = target in world.systems ? { ...bad, slowest: Math.min(bad.slowest, 1_000) } : bad;
      later(500 + Math.floor(b * LONGEST_MS), `${target} clears up`, () => {
        line.weather = FAIR;
      });
      return;
    }
    case 'crash-device':
      if (device !== undefined && device.stores() !== null) crashDevice(world, device, away);
      return;
    case 'crash-device-within':
      if (device !== undefined && device.stores() !== null) {
        cutAfter(device.file(), 1 + Math.floor(b * 40), () => deviceDown(world, device, away));
      }
      return;
    case 'reopen-device':
      if (device !== undefined) void reopen(device);
      return;
    case 'crash-server':
      crashServer(world, SERVER_AWAY_MS + away);
      return;
    case 'crash-server-within':
      if (world.server.running() !== null) {
        cutAfter(world.server.file(), 1 + Math.floor(b * 60), () => {
          world.server.crashed();
          later(SERVER_AWAY_MS + away, 'server starts', () => void world.server.start());
        });
      }
      return;
    case 'disk-device':
      if (device !== undefined) failDisk(device.file(), action);
      return;
    case 'disk-server':
      failDisk(world.server.file(), action);
      return;
    case 'clock-device':
      if (device !== undefined) device.process().clockOffsetMs = clockOffset(a, b);
      return;
    case 'clock-server':
      world.server.stepClock(clockOffset(a, b));
      return;
    case 'copy':
      if (world.server.running() !== null && world.server.copy()) world.history.copied();
      return;
    case 'restore':
      void restore(world, away);
      return;
    case 'scopes': {
      // They are in the token, and change with the next one.
      if (world.arrangement.tokenMs > USUAL.tokenMs) return;
      const [home, other] = target === 'r2' ? ['s1', 's2'] : ['s2', 's1'];
      const had = (world.grants.get(target) ?? []).length > 1;
      world.grants.set(target, had ? [home as string] : [home as string, other as string]);
      return;
    }
    case 'compact':
      void compact(world);
      return;
    case 'outage': {
      const system = world.systems[target]?.nasty;
      if (system === undefined) return;
      system.outage = new SystemError(a < 0.7 ? 'down' : 'throttled', 'outage');
      later(500 + Math.floor(b * LONGEST_MS), `${target} is back`, () => {
        system.outage = null;
      });
      return;
    }
    case 'lose-cursors':
      world.systems[target]?.nasty.loseCursors();
      return;
    default:
  }
}

/** What things happen by that no process does. */
const NATURE = { name: 'nature', alive: true, clockOffsetMs: 0, timers: 0 };

function storm(a: number, b: number): Weather {
  return {
    loseRequest: a * 0.5,
    loseAnswer: b * 0.5,
    duplicate: a * 0.3,
    slowest: b < 0.3 ? 40 : Math.floor(40 + b * 2_000),
    blocked: 'none',
  };
}

function blockedBy(a: number): Weather['blocked'] {
  return a < 0.33 ? 'requests' : a < 0.66 ? 'answers' : 'both';
}

/** Years or seconds. A clock that was wrong by minutes may hold up retries for as long once it is put right. */
function clockOffset(a: number, b: number): number {
  return Math.floor((a * 2 - 1) * (b < 0.6 ? TEN_YEARS : 30_000));
}

function crashDevice(world: World, device: Device, away: number): void {
  device.crash();
  deviceDown(world, device, away);
}

function deviceDown(world: World, device: Device, away: number): void {
  device.crashed();
  world.ledger.died(device.name);
  world.scheduler.after(away, NATURE, { label: `${device.name} starts`, run: () => void device.start() });
}

function crashServer(world: World, away: number): void {
  if (world.server.running() === null) return;
  world.server.crash();
  world.scheduler.after(away, NATURE, { label: 'server starts', run: () => void world.server.start() });
}

/** Cuts the power when so many more statements have been started. */
function cutAfter(file: string, statements: number, down: () => void): void {
  let left = statements;
  setDiskFault(file, () => {
    left -= 1;
    if (left > 0) return 'ok';
    setDiskFault(file, null);
    // What the statement does next fails, for the file is gone.
    queueMicrotask(down);
    return 'power-cut';
  });
}

async function reopen(device: Device): Promise<void> {
  if (device.stores() === null) return;
  const life = device.process();
  await device.close().catch(() => undefined);
  if (life.alive) void device.start();
}

function failDisk(file: string, { a, b }: Action): void {
  const code = a < 0.5 ? 'SQLITE_FULL' : 'SQLITE_IOERR_WRITE';
  let left = 1 + Math.floor(b * 5);
  setDiskFault(file, (sql) => {
    if (/^\s*(begin|savepoint|rollback|release)/i.test(sql) || left === 0) return 'ok';
    left -= 1;
    if (left === 0) setDiskFault(file, null);
    return { code };
  });
}

async function restore(world: World, away: number): Promise<void> {
  const { server } = world;
  if (server.running() === null || !server.hasCopy()) return;
  await noteDecisions(world);
  if (server.running() === null) return;
  server.crash();
  for (const { line } of world.devices.values()) line.cut();
  server.restore();
  world.history.restored();
  world.scheduler.after(SERVER_AWAY_MS + away, NATURE, { label: 'server starts', run: () => void server.start() });
}

/** What is still younger than this is kept; the storm is short, so retention is too. */
const RETENTION_MS = 6_000;

async function compact(world: World): Promise<void> {
  const { server } = world;
  await noteDecisions(world);
  const process = server.process();
  const store = server.running()?.store;
  if (store === undefined || process === null) return;
  const before = () => store.compact({ before: Date.now() - RETENTION_MS });
  await world.scheduler.perform(process, 'compact', before).catch(() => undefined);
}

/** Keeps the decisions that the store has on record, before it forgets them. */
export async function noteDecisions(world: World): Promise<void> {
  const decisions = await world.server.running()?.store.decisions({ limit: 100_000 });
  for (const { datastore, id, by, proposed, field } of decisions ?? []) {
    world.decisions.add(`${datastore} ${id} ${field} ${by} ${JSON.stringify(proposed ?? null)}`);
  }
}
