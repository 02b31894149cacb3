import { addEvents } from './memory/history.ts';
import { run, statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const SET = "update meta set value = $1 where key = 'epoch'";

/** Begins a new history, and notes it. Returns its name. */
export function renewEpoch(reader: Reader, epoch: string, now: number): Promise<string> {
  const names = { scope: '', datastore: '', id: '' };
  return reader.transaction(async (client) => {
    await run(client, statement(SET, epoch));
    const event = {
      ...names,
      kind: 'restored',
      at: now,
      author: 'operator',
      seq: null,
      decided: 0,
      detail: '{}',
    } as const;
    await run(client, addEvents([event]));
    return epoch;
  });
}
