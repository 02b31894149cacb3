import { isDatastoreError } from '@datastores/core';
import type { Settings } from '../config/resolve.ts';
import { askStatus } from './ask-server.ts';
import type { Finding } from './finding.ts';
import type { Terminal } from './terminal.ts';

/** Whether the running server waits for a person; nothing where none runs, or no token opens it. */
export async function checkQuestions(terminal: Terminal, settings: Settings): Promise<readonly Finding[]> {
  const status = await askStatus(terminal, settings, {}).catch((error: unknown) => {
    if (isDatastoreError(error)) return null;
    throw error;
  });
  if (status === null) return [];
  const { questions } = status.store;
  if (questions === 0) return [{ check: 'questions', ok: true, detail: 'none open' }];
  const remedy = 'List them with `datastores questions`, decide them with `datastores answer`.';
  const detail = `${questions} fields were changed here and over there, and wait for a person`;
  return [{ check: 'questions', ok: false, detail, remedy }];
}
