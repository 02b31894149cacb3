import type { JsonObject, JsonValue } from '@datastores/core/schema';
import { type Item, SystemError } from '../connector.ts';
import { valueAt } from '../rest/dot-path.ts';
import type { Answer } from './answer.ts';
import { aliasOf, partOf, single, together } from './compose.ts';
import { meaningOf } from './graphql-error.ts';
import { isTooCostly, readError } from './read-error.ts';
import { isTombstone, keyOf, sentKey, toItem } from './record.ts';
import type { Service } from './service.ts';
import { fill } from './template.ts';

/** Point reads. Only an answer that says so makes a record absent; anything else that is not the record throws. */
export async function getRecords(service: Service, keys: readonly string[]): Promise<Map<string, Item>> {
  const asked = new Set(keys.filter((key) => sentKey(service.stream, key) !== undefined));
  const items = await readKeys(service, [...asked]);
  // A service that takes 007 for 7 has no record 007.
  const living = items.filter((item) => asked.has(item.key) && !isTombstone(service.stream, item));
  return new Map(living.map((item) => [item.key, item]));
}

/** One record, or null if there is none. */
export async function getRecord(service: Service, key: string): Promise<Item | null> {
  return (await getRecords(service, [key])).get(key) ?? null;
}

async function readKeys(service: Service, keys: readonly string[]): Promise<Item[]> {
  const { options, widths, client, context, name } = service;
  const items: Item[] = [];
  for (let at = 0; at < keys.length; ) {
    const some = keys.slice(at, at + widths.get.current());
    const answer = await client.ask(requestFor(service, some), { kind: `${name} get`, width: some.length }, context);
    if (isTooCostly(answer, options.codes)) {
      // Fewer may be all that there are.
      if (some.length > 1 && widths.get.tooMuch()) continue;
      throw new SystemError('shape', `Reading one record of ${name} costs too much; ask for less of it.`);
    }
    const read = readAnswer(service, some, answer);
    if (some.length === widths.get.current()) widths.get.fine();
    items.push(...read.items);
    // What is asked for alone, or for the second time, gets an answer of its own or an error.
    if (some.length === 1 && read.unsaid.length > 0) throw readError(answer, options.codes);
    const groups = read.alone ? read.unsaid.map((key) => [key]) : [read.unsaid];
    for (const group of groups) items.push(...(await readKeys(service, group)));
    at += some.length;
  }
  return items;
}

function requestFor({ stream }: Service, given: readonly string[]) {
  const { document, variables, together: isTogether } = stream.get;
  const keys = given.flatMap((key) => sentKey(stream, key) ?? []);
  if (isTogether) return single({ document, variables: fill(variables, { keys }) as JsonObject });
  return together(keys.map((key) => ({ document, variables: fill(variables, { key }) as JsonObject })));
}

interface Read {
  readonly items: readonly Item[];
  /** Keys of which the answer says neither what they are nor that they are not. */
  readonly unsaid: readonly string[];
  /** They must be asked for one by one, since one of them spoils the others. */
  readonly alone: boolean;
}

/** Errors of an answer may only be about single records, namely that they do not exist. */
function readAnswer(service: Service, keys: readonly string[], answer: Answer): Read {
  const { codes } = service.options;
  if (answer.is === 'failed') throw answer.error;
  const meanings = answer.errors.map(({ code }) => meaningOf(code, codes));
  const isAbsence = meanings.length > 0 && meanings.every((meaning) => meaning === 'missing');
  if (isAbsence && keys.length === 1) return { items: [], unsaid: [], alone: false };
  // Which of several keys is no key at all shows when each is asked for alone.
  const isSpoilt =
    answer.is === 'refused' && meanings.every((meaning) => meaning === 'missing' || meaning === 'rejected');
  if (isSpoilt && keys.length > 1) return { items: [], unsaid: keys, alone: true };
  if (answer.is === 'refused' || (answer.errors.length > 0 && !isAbsence)) throw readError(answer, codes);
  return service.stream.get.together ? readTogether(service, keys, answer) : readParts(service, keys, answer);
}

type DataAnswer = Extract<Answer, { is: 'data' }>;

function readTogether(service: Service, keys: readonly string[], { data, errors }: DataAnswer): Read {
  const { at } = service.stream.get;
  const nodes = valueAt(data, at) ?? null;
  if (!Array.isArray(nodes) && errors.length > 0) return { items: [], unsaid: keys, alone: true };
  if (!Array.isArray(nodes)) throw new SystemError('shape', `The answer has no list at ${at}.`);
  const items = nodes.flatMap((node: JsonValue) => itemIn(service, node));
  const left = keys.filter((key) => !items.some((item) => item.key === key));
  // A service that has a place for each key says by null what does not exist. One that leaves out what it does not have may
  // have left out what was too many for it, too: that is asked for again, until nothing more comes.
  const isCapped = nodes.length < keys.length && left.length < keys.length;
  return { items, unsaid: isCapped ? left : [], alone: false };
}

function readParts(service: Service, keys: readonly string[], { data, errors }: DataAnswer): Read {
  const { at } = service.stream.get;
  const inside = at.split('.').slice(1);
  const missing = new Set(errors.map(({ path }) => partOf(path)));
  const unsaid: string[] = [];
  const items = keys.flatMap((key, index) => {
    const alias = aliasOf(index);
    if (missing.has(index)) return [];
    if (!Object.hasOwn(data, alias)) unsaid.push(key);
    const node = valueAt(data, [alias, ...inside].join('.'));
    if (node === undefined && (data[alias] ?? null) !== null) {
      throw new SystemError('shape', `The answer has nothing at ${at}.`);
    }
    return itemIn(service, node ?? null);
  });
  return { items, unsaid, alone: true };
}

/** Null is a record that does not exist, an empty object a node of another type. */
function itemIn(service: Service, node: JsonValue): Item[] {
  if (node === null) return [];
  const isBare = typeof node === 'object' && Object.keys(node).every((name) => name === '__typename');
  return isBare && keyOf(service.stream, node) === undefined ? [] : [toItem(service.stream, node)];
}
