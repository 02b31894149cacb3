import type { Demo } from './start-demo.ts';
import { DATASTORE_NAMES, type WorkerMessage } from './worker-message.ts';

/** Prints what happens in the worker's replica and in the systems. */
export interface LiveLines {
  show(message: WorkerMessage): void;
  close(): Promise<void>;
}

const EVERY_MS = 2_000;
const MAX_CHANGES = 5;

/** Every two seconds: the newest changes, and a line of counts and states where one of them is new. */
export function createLiveLines(demo: Demo, write: (line: string) => void): LiveLines {
  let changes: string[] = [];
  let state: Extract<WorkerMessage, { kind: 'state' }> | null = null;
  let lastLine = '';
  const flush = async () => {
    const [shown, more] = [changes.slice(0, MAX_CHANGES), changes.length - MAX_CHANGES];
    changes = [];
    for (const change of shown) write(`${clock()}  ${change}`);
    if (more > 0) write(`${clock()}  and ${more} more changes`);
    if (state === null) return;
    const line = `${describeState(state)} │ ${await describeSystems(demo)}`;
    if (line === lastLine) return;
    lastLine = line;
    write(`${clock()}  ${line}`);
  };
  const timer = setInterval(() => void flush(), EVERY_MS);
  return {
    show(message) {
      if (message.kind === 'state') state = message;
      else changes.push(`${message.datastore} ${message.id}: ${message.what}`.slice(0, 140));
    },
    async close() {
      clearInterval(timer);
    },
  };
}

function describeState({ counts, unpushed, replication }: Extract<WorkerMessage, { kind: 'state' }>): string {
  const numbers = DATASTORE_NAMES.map((name) => `${name} ${counts[name]}`).join(' · ');
  return `${numbers} │ replica ${replication}, ${unpushed} unpushed`;
}

async function describeSystems(demo: Demo): Promise<string> {
  const states = await demo.systemStates();
  return Object.entries(states)
    .map(([system, state]) => `${system} ${state}`)
    .join(' · ');
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
