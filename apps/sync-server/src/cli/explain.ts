import type { Explanation, LinkState, PendingWrite } from '../reconcile/explain.ts';
import type { ExplainedField } from '../reconcile/explain-fields.ts';
import { type AskOptions, reachServer } from './ask-server.ts';
import { eventSentence, valueText, whoText } from './event-sentence.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';
import { timeText } from './time-text.ts';

/** Options of `datastores explain`. */
export type ExplainOptions = GlobalOptions &
  AskOptions & {
    readonly datastore: string;
    readonly id: string;
    readonly field?: string;
    readonly scope?: string;
    readonly json?: boolean;
  };

/** `datastores explain`: why a document, or one field of it, is as it is, and all that is known to have happened to it. */
export async function explainDocument(terminal: Terminal, options: ExplainOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const { datastore, id, field, scope } = options;
  const query = new URLSearchParams({ datastore, id });
  if (field !== undefined) query.set('field', field);
  if (scope !== undefined) query.set('scope', scope);
  const ask = await reachServer(terminal, settings, options);
  const found = await ask<Explanation>(`/explain?${query}`);
  if (options.json) printJson(terminal, found);
  else terminal.out(`${explanationLines(found).join('\n')}\n`);
  return EXIT.ok;
}

/** An explanation as lines for people: what is, what is under way, what happened. */
export function explanationLines(found: Explanation): readonly string[] {
  const { datastore, id, scope, document, fields, pending, links, unused, history } = found;
  const lines = [`${datastore} ${id} (scope ${scope})`];
  if (document === null) lines.push('  There is no such document, but this is known of one:');
  else {
    const is = document.deleted ? 'deleted' : 'written last';
    lines.push(`  ${is} by ${whoText(document.author)} at ${timeText(document.at)}, version ${document.version}`);
  }
  lines.push(...section('fields', fields.flatMap(fieldLines)));
  lines.push(...section('records', links.map(linkLine)));
  const waiting = unused.map(({ system, stream, key, waitsFor, reason }) => {
    const why = reason === null ? `waits for ${waitsFor.join(', ')}` : `is set aside: ${reason}`;
    return `Record ${key} of ${system}/${stream} ${why}`;
  });
  lines.push(...section('pending', [...pending.map(pendingLine), ...waiting]));
  lines.push(
    ...section(
      'history',
      history.flatMap((event) => eventLines(eventSentence(event), event.at)),
    ),
  );
  return lines;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function fieldLines({ field, value, systems, replicas, origin }: ExplainedField): readonly string[] {
  const bound = systems.map(({ system, stream, rule, rank, owns }) => {
    const by = `${system}/${stream}${rank === undefined ? '' : `, rank ${rank}`}`;
    return owns ? `owned by ${by}` : `${rule} with ${by}`;
  });
  const rules = [...(bound.length === 0 ? ['not exchanged with any system'] : bound), `between replicas ${replicas}`];
  const from =
    origin === null
      ? 'where it came from is not kept'
      : `from ${whoText(origin.by)} at ${timeText(origin.at)}${origin.rule === null ? '' : `, by ${origin.rule}`}`;
  return [`${field} = ${valueText(value)}`, `  ${from}`, `  ${rules.join('; ')}`];
}

function linkLine({ system, stream, key, gone, recordVersion }: LinkState): string {
  if (key === null) return `${system}/${stream}: not created there yet`;
  const version = recordVersion === null ? '' : `, version ${recordVersion}`;
  return `${system}/${stream}: record ${key}${gone === null ? version : `, gone since ${timeText(gone)}`}`;
}

function pendingLine({ system, stream, state, writeId, tells, attempts, since, reason }: PendingWrite): string {
  const told = tells.length === 0 ? '' : ` of ${tells.join(', ')}`;
  const tried = attempts === 0 ? '' : `, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `${STATES[state]} ${system}/${stream}${told} since ${timeText(since)}${tried} (write ${writeId})${why}`;
}

const STATES: Readonly<Record<PendingWrite['state'], string>> = {
  ready: 'To be written to',
  sent: 'Being written to',
  unknown: 'Perhaps written to',
  dead: 'Dead letter for',
  held: 'Held behind that, for',
};

function eventLines([first = '', ...more]: readonly string[], at: number): readonly string[] {
  return [`${timeText(at)}  ${first}`, ...more.map((line) => `${' '.repeat(22)}${line}`)];
}
