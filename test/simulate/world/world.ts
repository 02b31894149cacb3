import { join } from 'node:path';
import type { Caller } from '@datastores/core/protocol';
import { createHistory, type History } from '../check/history.ts';
import { createLedger, type Ledger } from '../check/ledger.ts';
import type { Violation } from '../check/violation.ts';
import { watchAnswers } from '../check/watch-answers.ts';
import type { Surroundings } from '../virtual/globals.ts';
import { createRandomness, type Randomness } from '../virtual/randomness.ts';
import { DEVICES } from './action.ts';
import { type Arrangement, USUAL } from './arrange.ts';
import { createDevice, type Device } from './device.ts';
import { createExternalSystem, type ExternalSystem } from './external-system.ts';
import { createLine } from './line.ts';
import { createServer, type Server } from './server.ts';
import type { Trace } from './trace.ts';

/** Everything that is simulated, and what is known of it. */
export interface World extends Surroundings {
  readonly seed: number;
  readonly folder: string;
  readonly trace: Trace;
  readonly random: Randomness;
  readonly server: Server;
  readonly devices: ReadonlyMap<string, Device>;
  readonly systems: Readonly<Record<string, ExternalSystem>>;
  /** The scopes of each device's token from now on; the first never changes. */
  readonly grants: Map<string, readonly string[]>;
  readonly arrangement: Arrangement;
  readonly ledger: Ledger;
  readonly history: History;
  readonly violations: Violation[];
  readonly report: (violation: Violation) => void;
  /** What changes of counted fields the external systems made themselves. */
  readonly countedThere: Map<string, number>;
  /** Documents whose records were deleted in a system. */
  readonly removedThere: Set<string>;
  /** Decisions that the server has recorded so far, as text. */
  readonly decisions: Set<string>;
}

/** What a world is made in. */
export interface WorldOptions extends Surroundings {
  readonly seed: number;
  readonly folder: string;
  readonly trace: Trace;
}

/** All scopes. */
export const SCOPES = ['s1', 's2'] as const;

/** Makes a world in which nothing runs yet. */
export function createWorld(options: WorldOptions): World {
  const { seed, folder, trace, scheduler } = options;
  const violations: Violation[] = [];
  const report = (violation: Violation) => {
    trace.add(`VIOLATION ${violation.kind}: ${violation.detail}`);
    violations.push(violation);
  };
  const lineTo = (name: string) => createLine(name, scheduler, createRandomness(seed, `line ${name}`));
  const history = createHistory(SCOPES, report);
  const arrangement: Arrangement = { ...USUAL };
  const grants = new Map<string, readonly string[]>([
    ['r1', ['s1']],
    ['r2', ['s1', 's2']],
    ['r3', ['s2', 's1']],
  ]);
  const systems = {
    erp: createExternalSystem('erp', lineTo('erp'), { pageSize: 4 }),
    shop: createExternalSystem('shop', lineTo('shop'), {
      traits: { adds: false, creates: 'idempotent', deletes: 'none', batch: { max: 2, fails: 'each' } },
      answers: seed % 2 === 0,
    }),
  };
  const server = createServer({
    folder: join(folder, 'server'),
    scheduler,
    systems,
    committed: history.committed,
    started: history.started,
    failed: (error) => trace.add('server failed to start', messageOf(error)),
    logged: (event, detail) => trace.add(`server says ${event}`, messageOf((detail as { error?: unknown }).error)),
  });
  const callerOf = (name: string): Caller => ({
    subject: name,
    scopes: grants.get(name) ?? [],
    expiresAt: Date.now() + arrangement.tokenMs,
  });
  const devices = new Map(
    DEVICES.map((name): [string, Device] => [
      name,
      createDevice({
        name,
        folder,
        scheduler,
        line: lineTo(name),
        server: {
          process: server.process,
          service: () => {
            const running = server.running();
            if (running === null) throw new Error('The server is not running.');
            return running.service;
          },
          caller: () => callerOf(name),
        },
        arrangement,
        watcher: watchAnswers({ trace, history, report }),
        failed: (error) => trace.add(`${name} failed to start`, messageOf(error)),
      }),
    ]),
  );
  return {
    ...options,
    random: createRandomness(seed, 'world'),
    server,
    devices,
    systems,
    grants,
    arrangement,
    ledger: createLedger(),
    history,
    violations,
    report,
    countedThere: new Map(),
    removedThere: new Set(),
    decisions: new Set(),
  };
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
