import { isDatastoreError } from '@datastores/core';
import type { Settings } from '../config/resolve.ts';
import { askStatus } from './ask-server.ts';
import type { Finding } from './finding.ts';
import type { Terminal } from './terminal.ts';

/** What the running server waits for a person to decide; nothing where none runs, or no token opens it. */
export async function checkDecisions(terminal: Terminal, settings: Settings): Promise<readonly Finding[]> {
  const status = await askStatus(terminal, settings, {}).catch((error: unknown) => {
    if (isDatastoreError(error)) return null;
    throw error;
  });
  if (status === null) return [];
  const held = status.reconcile.systems.flatMap(({ system, streams }) =>
    streams.flatMap(({ stream, remap }) => (remap?.is === 'held' ? [heldMapping(system, stream)] : [])),
  );
  return [openQuestions(status.store.questions), ...held];
}

function openQuestions(count: number): Finding {
  if (count === 0) return { check: 'questions', ok: true, detail: 'none open' };
  const remedy = 'List them with `datastores questions`, decide them with `datastores answer`.';
  const detail = `${count} fields were changed here and over there, and wait for a person`;
  return { check: 'questions', ok: false, detail, remedy };
}

function heldMapping(system: string, stream: string): Finding {
  const remedy = `Look at what it would change with \`datastores remap ${system} ${stream} --dry-run\`, let it go without --dry-run.`;
  return {
    check: `mapping ${system}/${stream}`,
    ok: false,
    detail: 'was raised and is held; nothing is exchanged',
    remedy,
  };
}
