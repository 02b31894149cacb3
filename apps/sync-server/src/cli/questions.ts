import { DatastoreError } from '@datastores/core';
import type { JsonValue } from '@datastores/core/schema';
import type { Question } from '../reconcile/questions.ts';
import { type AskOptions, type AskServer, reachServer } from './ask-server.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores questions`. */
export type QuestionsOptions = GlobalOptions & AskOptions & { readonly json?: boolean };

/** `datastores questions`: the fields that were changed here and over there, and that a person decides. Unhealthy (3) if there are any. */
export async function questions(terminal: Terminal, options: QuestionsOptions): Promise<number> {
  const ask = await serverOf(terminal, options);
  const open = await ask<readonly Question[]>('/questions');
  if (options.json) printJson(terminal, open);
  else if (open.length === 0) terminal.out('No questions are open.\n');
  else for (const question of open) terminal.out(describe(question));
  return open.length === 0 ? EXIT.ok : EXIT.unhealthy;
}

/** What `datastores answer` was given: the name of a question, and a side or, as JSON, a value. */
export interface AnswerArguments {
  readonly question: string;
  readonly side?: string | undefined;
}

/** Options of `datastores answer`. */
export type AnswerOptions = QuestionsOptions & { readonly value?: string };

/** `datastores answer <question> here|there|--value <json>`: decides a question for good. */
export async function answer(
  terminal: Terminal,
  { question, side }: AnswerArguments,
  options: AnswerOptions,
): Promise<number> {
  const decided = answerOf(side, options.value);
  const ask = await serverOf(terminal, options);
  const answered = await ask<Question>('/questions', { question, ...decided });
  if (options.json) printJson(terminal, answered);
  else {
    const { datastore, id, field, here, there } = answered;
    const value = 'value' in decided ? decided.value : decided.take === 'here' ? here : there;
    terminal.out(`"${field}" of ${datastore} ${id} is decided: ${JSON.stringify(value)}\n`);
  }
  return EXIT.ok;
}

function answerOf(side: string | undefined, text: string | undefined) {
  if (text === undefined && (side === 'here' || side === 'there')) return { take: side } as const;
  if (text === undefined || side !== undefined) throw unclear('Answer with "here", with "there", or with --value.');
  try {
    return { value: JSON.parse(text) as JsonValue } as const;
  } catch {
    throw unclear(`--value is no JSON: ${text}. A text is written with quotes, e.g. --value '"blue"'.`);
  }
}

function unclear(message: string): DatastoreError {
  return new DatastoreError('OPTION_INVALID', message, { remedy: 'See `datastores answer --help`.' });
}

async function serverOf(terminal: Terminal, options: QuestionsOptions): Promise<AskServer> {
  const { settings } = await configOf(terminal, options);
  return reachServer(terminal, settings, options);
}

function describe({ question, system, stream, key, ...about }: Question): string {
  const { datastore, id, scope, field, base, here, there, since } = about;
  return [
    `${question}  "${field}" of ${datastore} ${id}${scope === 'main' ? '' : ` (scope ${scope})`}, record ${key} of ${system}/${stream}`,
    `  was    ${JSON.stringify(base)}`,
    `  here   ${JSON.stringify(here)}`,
    `  there  ${JSON.stringify(there)}`,
    `  since  ${new Date(since).toISOString()}`,
    '',
  ].join('\n');
}
