import { type Entry, nameIn, previousIn, shortText } from '../entry.ts';
import type { Decided } from '../server-process.ts';
import type { Noted } from './history.ts';
import { storyOf } from './story.ts';

/** Everything that is there at the end, when all is healed and nothing is under way. */
export interface Ending {
  readonly server: readonly Entry[];
  readonly decisions: readonly Decided[];
  /** Refused changes of each writer, by its number; `document` is null for a deletion. */
  readonly rejected: ReadonlyMap<number, readonly { readonly id: string; readonly document: Entry | null }[]>;
  /** Writes that went with the server's own data, where that was put back to an older state. */
  readonly excused?: (write: Noted) => boolean;
}

/** What became of the writes of a world. */
export interface Judgement {
  readonly acknowledged: number;
  /** How many applied writes are in which class; each is in one. */
  readonly classes: Readonly<Record<WriteClass, number>>;
  /** Sentences on each write that is nowhere, that came back, or that counted wrongly. */
  readonly lost: readonly string[];
  readonly resurrected: readonly string[];
  readonly miscounted: readonly string[];
  /** Writes that no replica had and that are there all the same. */
  readonly ghosts: readonly string[];
}

/**
 * `kept`: it is what the server has · `superseded`: replaced by somebody who had seen it · `merged`: lost a field by a
 * decision that is recorded · `rejected`: on the list of its replica · `unsure`: perhaps deleted by a write whose fate is
 * not known for certain.
 */
export type WriteClass = 'kept' | 'superseded' | 'merged' | 'rejected' | 'unsure' | 'excused';

/** Puts every write into its class, and says what is wrong with those that have none. */
export function judge(writes: readonly Noted[], ending: Ending): Judgement {
  const applied = writes.filter(({ state }) => state === 'applied');
  const facts = collect(applied, ending);
  const classes = { kept: 0, superseded: 0, merged: 0, rejected: 0, unsure: 0, excused: 0 };
  const [lost, resurrected]: [string[], string[]] = [[], []];
  for (const write of applied) {
    const found = ending.excused?.(write) === true ? 'excused' : classOf(write, facts);
    if (found !== null) classes[found] += 1;
    else
      (write.kind === 'remove' ? resurrected : lost).push(
        `${sentence(write, facts.documents.get(write.id))}; ${storyOf(write.id, writes, ending)}`,
      );
  }
  return {
    acknowledged: writes.filter(({ acknowledged }) => acknowledged).length,
    classes,
    lost: [...lost, ...lostMarks(applied, ending, facts)],
    resurrected,
    miscounted: miscounted(applied, ending, facts),
    ghosts: ghosts(writes, ending.server),
  };
}

interface Facts {
  readonly documents: ReadonlyMap<string, Entry>;
  /** Names of writes that a later one replaced or deleted, knowing them. */
  readonly known: ReadonlySet<string>;
  readonly decided: ReadonlySet<string>;
  readonly decidedMarks: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
  /** Documents that may have been deleted. */
  readonly unsure: ReadonlySet<string>;
  /**
   * Removals that their own replica took back by inserting the document again before it had told of either: one edit is told,
   * and where the others have changed the document it loses to them, by a decision.
   */
  readonly takenBack: ReadonlySet<string>;
}

function collect(applied: readonly Noted[], { server, decisions, rejected }: Ending): Facts {
  const texts = decisions.flatMap(({ field, proposed }) => (field === 'text' ? String(proposed) : []));
  const marks = decisions.flatMap(({ field, proposed }) => (isMark(field) ? String(proposed) : []));
  const refused = [...rejected].flatMap(([writer, changes]) =>
    changes.map(({ id, document }) => (document === null ? `remove ${writer} ${id}` : nameIn(document.text))),
  );
  const decided = new Set(texts.map(nameIn));
  const replacing = [...server.map(({ text }) => text), ...texts].map(previousIn);
  return {
    documents: new Map(server.map((document) => [document.id, document])),
    known: new Set([...applied.map(({ previous }) => previous), ...replacing]),
    decided,
    decidedMarks: new Set(marks.map(nameIn)),
    rejected: new Set(refused),
    unsure: new Set(applied.flatMap(({ unsure, id }) => (unsure ? id : []))),
    takenBack: takenBack(applied, decided),
  };
}

function takenBack(applied: readonly Noted[], decided: ReadonlySet<string>): ReadonlySet<string> {
  const next = new Map<string, Noted>();
  const names = new Set<string>();
  for (const write of applied.toReversed()) {
    const lane = `${write.writer} ${write.id}`;
    const after = next.get(lane);
    if (write.kind === 'remove' && after?.kind === 'create' && decided.has(after.name)) names.add(write.name);
    next.set(lane, write);
  }
  return names;
}

function classOf(write: Noted, facts: Facts): WriteClass | null {
  const document = facts.documents.get(write.id);
  if (write.kind === 'remove') {
    if (document?.born !== write.born) return 'kept';
    if (facts.rejected.has(`remove ${write.writer} ${write.id}`)) return 'rejected';
    if (facts.takenBack.has(write.name)) return 'superseded';
    return write.unsure ? 'unsure' : null;
  }
  if (document !== undefined && nameIn(document.text) === write.name) return 'kept';
  if (facts.known.has(write.name)) return 'superseded';
  if (facts.decided.has(write.name)) return 'merged';
  if (facts.rejected.has(write.name)) return 'rejected';
  return facts.unsure.has(write.id) ? 'unsure' : null;
}

/**
 * Nobody but a replica itself writes its mark, so on a document that is never deleted its last one must be there; or a
 * restored server had another one.
 */
function lostMarks(applied: readonly Noted[], ending: Ending, facts: Facts): readonly string[] {
  const { documents, decidedMarks, rejected } = facts;
  const last = new Map<string, Noted>();
  for (const write of applied) {
    if (isShared(write) && ending.excused?.(write) !== true) last.set(`${write.writer} ${write.id}`, write);
  }
  return [...last.values()]
    .filter((write) => nameIn(documents.get(write.id)?.[`m${write.writer}`] ?? '') !== write.name)
    .filter(({ name }) => !decidedMarks.has(name) && !rejected.has(name))
    .map((write) => `the mark of ${sentence(write, documents.get(write.id))}; ${storyOf(write.id, applied, ending)}`);
}

/** The counter of a document that is never deleted is the sum of all amounts. */
function miscounted(applied: readonly Noted[], ending: Ending, { documents }: Facts): readonly string[] {
  const sums = new Map<string, number>();
  for (const write of applied) {
    if (!isShared(write) || ending.excused?.(write) === true) continue;
    sums.set(write.id, (sums.get(write.id) ?? 0) + write.amount);
  }
  return [...sums]
    .filter(([id, sum]) => documents.get(id)?.total !== sum)
    .map(([id, sum]) => `${id} counts ${documents.get(id)?.total} instead of ${sum}`);
}

function ghosts(writes: readonly Noted[], server: readonly Entry[]): readonly string[] {
  const none = new Set(writes.filter(({ state }) => state === 'void').map(({ name }) => name));
  return server.flatMap((document) => {
    const marks = Object.entries(document).flatMap(([field, value]) => (isMark(field) ? String(value) : []));
    const found = [document.text, ...marks].map(nameIn).find((name) => none.has(name));
    return found === undefined ? [] : [`${document.id} has ${found}, which was refused`];
  });
}

function isMark(field: string): boolean {
  return /^m\d+$/.test(field);
}

/** True for writes on documents that are inserted once and never deleted. */
function isShared({ id }: Noted): boolean {
  return id.startsWith('shared-');
}

function sentence({ name, kind, id, previous }: Noted, document: Entry | undefined): string {
  return `${kind} ${name} of ${id} (over ${previous || 'nothing'}), where there is ${shortText(document)}`;
}
