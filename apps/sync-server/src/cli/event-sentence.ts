import { type FieldDecided, type HistoryEvent, type HistoryKind, isCut } from '../store/history.ts';

/** An event in plain sentences: the first says what happened, those that follow say it field by field. */
export function eventSentence(event: HistoryEvent): readonly string[] {
  const lines = [`${SENTENCES[event.kind](event)}`];
  for (const [field, { was, is }] of Object.entries(event.changed ?? {})) {
    const rule = event.rules !== undefined && Object.hasOwn(event.rules, field) ? `, by ${event.rules[field]}` : '';
    lines.push(`${field}: ${valueText(was)} → ${valueText(is)}${rule}`);
  }
  for (const decided of event.decisions ?? []) lines.push(decisionLine(decided, event.by));
  for (const [field, { rule, said }] of Object.entries(event.refused ?? {})) {
    lines.push(`${field}: ${valueText(said)} was not taken, by ${rule}`);
  }
  if (event.op !== 'create') {
    for (const [field, value] of Object.entries(event.sent ?? {})) lines.push(`${field} set to ${valueText(value)}`);
  } else if (event.sent !== undefined) lines.push(`with ${Object.keys(event.sent).join(', ')}`);
  for (const [field, amount] of Object.entries(event.amounts ?? {})) {
    lines.push(`${field} ${amount < 0 ? 'less' : 'plus'} ${Math.abs(amount)}`);
  }
  return lines;
}

/** A replica, a system or the operator, for people. */
export function whoText(by: string): string {
  if (by === 'operator' || by === '@operator') return 'the operator';
  return by.startsWith('@') ? by.slice(1) : `replica ${by}`;
}

/** A value on one line. */
export function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isCut(value)) return `${value.cut}… (${value.length} characters)`;
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

const LONGEST_VALUE = 200;

type Sentence = (event: HistoryEvent) => string;

const SENTENCES: Readonly<Record<HistoryKind, Sentence>> = {
  accepted: ({ by, changed }) => `${whoText(by)} ${changed === null ? 'inserted it' : 'changed it'}: accepted.`,
  merged: ({ by, seq }) =>
    `${whoText(by)} changed it from an older state: ${seq === null ? 'decided, and nothing changed.' : 'merged.'}`,
  conflict: ({ by, reason = '' }) => `${whoText(by)} was refused, a conflict: ${reason}`,
  rejected: ({ by, reason = '' }) => `${whoText(by)} was rejected: ${reason}`,
  deleted: (event) => deletion(event),
  pulled: (event) => `${record(event)} ${event.changed === null ? 'made it' : 'brought changes'}.${telling(event)}`,
  adopted: (event) => `It was linked to ${lower(record(event))}.${telling(event)}`,
  kept: (event) => `${record(event)} said something that was not taken.`,
  'deletion-held': ({ reason = '' }) => reason,
  parked: (event) => `${record(event)} waits for ${(event.references ?? []).join(', ')}.`,
  unparked: (event) => `${record(event)} waits no longer.`,
  asked: ({ reason = '' }) => reason,
  answered: (event) => `The operator answered what was asked about ${stream(event)}.`,
  'set-aside': (event) => `${record(event)} was set aside: ${event.reason ?? ''}`,
  released: (event) => `${record(event)} can be used again.`,
  waits: (event) => `The write for ${stream(event)} waits for ${(event.references ?? []).join(', ')}.`,
  applied: (event) => `${again(event)}${stream(event)} applied the ${write(event)}${at(event)}.`,
  found: (event) => `${stream(event)} was asked: the ${write(event)} had been applied${at(event)}.`,
  'changed-there': (event) =>
    `${stream(event)} had changed${at(event)} meanwhile, so the ${write(event)} is made anew.`,
  missing: (event) => `${stream(event)} has no record${at(event)}, so the ${write(event)} could not be applied.`,
  retry: (event) => `${again(event)}${stream(event)} did not take the ${write(event)}: ${tried(event)}`,
  unknown: (event) =>
    `${again(event)}Nobody knows whether ${stream(event)} applied the ${write(event)}: ${tried(event)}`,
  unanswered: (event) => `The server ended while the ${write(event)} for ${stream(event)} was under way.`,
  dead: (event) => `${again(event)}The ${write(event)} for ${stream(event)} became a dead letter: ${tried(event)}`,
  retried: (event) => `The operator retried the ${write(event)} for ${stream(event)}.`,
  dropped: (event) => `The operator dropped the ${write(event)} for ${stream(event)}: ${event.reason ?? ''}`,
  restored: () => 'The store was declared restored: a new history of it began.',
  state: ({ by }) => `${whoText(by)} wrote a state of it; how is not kept.`,
};

function deletion(event: HistoryEvent): string {
  if (!event.by.startsWith('@')) return `${whoText(event.by)} deleted it.`;
  const proof = event.proof === 'point-read' ? 'a read of the record found it gone' : 'its feed said so';
  return `Deleted, because ${lower(record(event))} is gone: ${proof}.`;
}

function record({ by, stream: name, key }: HistoryEvent): string {
  if (key === undefined) return `A record of ${by.slice(1)}`;
  return `Record ${key} of ${by.slice(1)}/${name}`;
}

function stream({ by, stream: name }: HistoryEvent): string {
  return `${by === 'operator' || by === '@operator' ? '' : `${by.slice(1)}/`}${name}`;
}

function write({ op, writeId }: HistoryEvent): string {
  return `${op ?? 'write'} ${writeId}`;
}

function at({ key }: HistoryEvent): string {
  return key === undefined ? '' : ` as record ${key}`;
}

function again({ repeated }: HistoryEvent): string {
  if (repeated === undefined) return '';
  return repeated === 'not-found' ? 'It was asked for, not found, and sent again. ' : 'It was sent again. ';
}

function tried({ reason = '', attempts }: HistoryEvent): string {
  return attempts === undefined || attempts === 0 ? reason : `${reason} (attempt ${attempts})`;
}

function telling({ tells }: HistoryEvent): string {
  return tells === true ? ' The system is told what it did not know.' : '';
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function decisionLine({ field, rule, base, server, proposed, result }: FieldDecided, by: string): string {
  const sides = `was ${valueText(base)}, here ${valueText(server)}, ${whoText(by)} said ${valueText(proposed)}`;
  return `${field === '*' ? 'the document' : field}: ${rule} decided for ${valueText(result)} (${sides})`;
}
