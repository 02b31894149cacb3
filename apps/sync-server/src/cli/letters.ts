import { DatastoreError } from '@datastores/core';
import type { Dropped } from '../reconcile/drop-letter.ts';
import type { Letter, Retried } from '../reconcile/letters.ts';
import { type AskOptions, reachServer } from './ask-server.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';
import { timeText } from './time-text.ts';

/** Options of the commands about dead letters. */
export type LetterOptions = GlobalOptions & AskOptions & { readonly json?: boolean; readonly system?: string };

/** `datastores dlq`: the writes that were given up, oldest first. */
export async function listDeadLetters(terminal: Terminal, options: LetterOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const path =
    options.system === undefined ? '/letters' : `/letters?${new URLSearchParams({ system: options.system })}`;
  const ask = await reachServer(terminal, settings, options);
  const letters = await ask<readonly Letter[]>(path);
  if (options.json) printJson(terminal, letters);
  else terminal.out(letters.length === 0 ? 'There are no dead letters.\n' : letters.map(describe).join(''));
  return EXIT.ok;
}

/** Options of `datastores retry`. */
export type RetryOptions = LetterOptions & {
  readonly writeIds: readonly string[];
  readonly all?: boolean;
  readonly notApplied?: boolean;
};

/** `datastores retry`: takes dead letters up again. 1 where some were left because they may have been applied. */
export async function retryDeadLetters(terminal: Terminal, options: RetryOptions): Promise<number> {
  const chosen = chosenOf(options);
  const { settings } = await configOf(terminal, options);
  const body = { ...chosen, ...(options.notApplied === true ? { notApplied: true } : {}) };
  const ask = await reachServer(terminal, settings, options);
  const { retried, uncertain } = await ask<Retried>('/letters/retry', body);
  if (options.json) printJson(terminal, { retried, uncertain });
  else {
    terminal.out(`${retried.length} dead ${retried.length === 1 ? 'letter goes' : 'letters go'} again.\n`);
    for (const letter of uncertain) terminal.err(`Left: ${describe(letter)}`);
  }
  if (uncertain.length === 0) return EXIT.ok;
  terminal.err(
    'What is left may have been applied. Look over there; if it was not, retry with --not-applied; if it was, `datastores found` with the key of the record.\n',
  );
  return EXIT.failed;
}

/** Options of `datastores found`. */
export type FoundOptions = LetterOptions & { readonly writeId: string; readonly key: string };

/** `datastores found`: settles a dead letter as applied, in a record that somebody has found over there. */
export async function foundDeadLetter(terminal: Terminal, { writeId, key, ...options }: FoundOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const ask = await reachServer(terminal, settings, options);
  const letter = await ask<Letter>('/letters/found', { writeId, key });
  if (options.json) printJson(terminal, letter);
  else
    terminal.out(
      `The ${letter.op ?? 'write'} counts as applied: ${letter.datastore} ${letter.id} is "${key}" in ${letter.system}.\n`,
    );
  return EXIT.ok;
}

/** Options of `datastores drop`. */
export type DropOptions = LetterOptions & { readonly writeId: string; readonly yes?: boolean };

/** `datastores drop`: gives a dead letter up for good. Nothing happens without `--yes`. */
export async function dropDeadLetter(terminal: Terminal, options: DropOptions): Promise<number> {
  if (options.yes !== true) {
    throw new DatastoreError('OPTION_INVALID', 'Dropping gives the write up for good.', {
      remedy: 'Add --yes if that is meant. The document then takes over what the system has.',
    });
  }
  const { settings } = await configOf(terminal, options);
  const ask = await reachServer(terminal, settings, options);
  const dropped = await ask<Dropped>('/letters/drop', { writeId: options.writeId });
  if (options.json) printJson(terminal, dropped);
  else terminal.out(`${DROPPED[dropped.is === 'found' ? 'found' : dropped.document]}\n`);
  return EXIT.ok;
}

const DROPPED: Readonly<Record<Dropped['document'] | 'found', string>> = {
  found: 'The write had been applied after all: nothing is dropped, and the lane goes on.',
  taken: 'Dropped. The document has what the system says.',
  deleted: 'Dropped. The record is gone over there, so the document was deleted.',
  'brought-back': 'Dropped. The deletion was given up: the document is there again, as the record says.',
  alone: 'Dropped. There is no record to read that fits: see `datastores explain` and `datastores parked`.',
  next: 'Dropped. What was changed since is told next.',
};

function chosenOf({ writeIds, system, all }: RetryOptions) {
  const given = [writeIds.length > 0, system !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) {
    throw new DatastoreError('OPTION_INVALID', 'Say which dead letters to retry, in one way.', {
      remedy: 'Name their write ids, or give --system, or --all.',
    });
  }
  if (writeIds.length > 0) return { writeIds };
  return system === undefined ? { all: true } : { system };
}

function describe(letter: Letter): string {
  const { writeId, system, stream, datastore, id, op, tells, field, since, attempts, reason, uncertain } = letter;
  const fields = tells.length === 0 ? '' : ` of ${tells.join(', ')}`;
  const about = field === null ? '' : ` (field ${field})`;
  const doubt = uncertain ? '\n    It may have been applied.' : '';
  return [
    `${writeId}  ${system}/${stream}  ${datastore} ${id}  since ${timeText(since)}`,
    `    ${op ?? 'write'}${fields}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${about}: ${reason}${doubt}\n`,
  ].join('\n');
}
