import type { JsonDocument } from '@datastores/core/schema';
import type { Random } from '../../bench/documents/random.ts';
import { type Node, nodeOf } from '../values/json-text.ts';
import { mutated } from '../values/mutate.ts';
import { nastyText } from '../values/texts.ts';
import { nastyDocument, plainDocument } from './documents.ts';
import type { Known, Recorded } from './recorded.ts';

/** A row of a push that is right in every way: it inserts a document that nobody has. */
export function insertRow(datastore: string, random: Random): Node {
  const document = plainDocument(datastore, random.integer(1_000, 9_000));
  return rowOf({ document: { ...document, id: `${document['id']}-${random.integer(0, 1e9)}` }, base: null, was: {} });
}

/** One to many rows, of which most are wrong in some way. */
export function hostileRows(datastore: string, recorded: Recorded, random: Random): Node {
  const count = random.integer(0, 299) === 0 ? random.pick([499, 500, 501]) : random.pick([0, 1, 1, 1, 2, 3, 10]);
  return Array.from({ length: count }, () => hostileRow(datastore, recorded, random));
}

function hostileRow(datastore: string, recorded: Recorded, random: Random): Node {
  const known = recorded.known.filter((one) => one.datastore === datastore);
  switch (random.integer(0, 5)) {
    case 0:
      return mutated(insertRow(datastore, random), random);
    case 1:
      return rowOf({ document: nastyDocument(datastore, random), base: null, was: {} });
    case 2:
      return known.length === 0 ? insertRow(datastore, random) : edit(random.pick(known), random);
    case 3:
      return known.length === 0 ? insertRow(datastore, random) : mutated(edit(random.pick(known), random), random);
    case 4:
      return deletion(random.pick(['item-1', 'vault-1', 'honest-1', nastyText(random)]), random);
    default:
      return { fields: [...nastyEnvelope(random), ['doc', nodeOf(nastyDocument(datastore, random))]] };
  }
}

/** An edit of a document that is there, from its version or another one, so that both sides have changed it. */
function edit({ version, document, datastore }: Known, random: Random): Node {
  const changed = nastyDocument(datastore, random);
  const next = { ...changed, id: document['id'] } as JsonDocument;
  const fields = [...new Set([...Object.keys(document), ...Object.keys(next)])].filter((field) => field !== 'id');
  const was = Object.fromEntries(fields.filter((field) => field in document).map((field) => [field, document[field]]));
  return rowOf({ document: next, base: random.pick([version, version, nastyBase(version, random)]), was, fields });
}

/** Versions of another store, of the future, and texts that are none. */
function nastyBase(version: string, random: Random): string | null {
  const [epoch, seq, tag] = version.split('.');
  return random.pick([
    null,
    `${epoch}.0.${tag}`,
    `${epoch}.${Number(seq) + 1_000_000}.${tag}`,
    `${epoch}.9007199254740991.${tag}`,
    `other.${seq}.${tag}`,
    `${epoch}.${seq}.`,
    nastyText(random).slice(0, 210),
  ]);
}

function deletion(id: string, random: Random): Node {
  return nodeOf({ id, base: null, edit: random.integer(0, 3), changed: [], was: {}, doc: null });
}

function nastyEnvelope(random: Random): readonly (readonly [string, Node])[] {
  const names = Array.from({ length: random.pick([1, 1, 2, 1_000, 1_001]) }, () => nastyText(random).slice(0, 50));
  return [
    ['id', nastyText(random)],
    ['base', random.pick([null, nastyText(random)])],
    ['edit', random.pick<Node>([0, 1, -1, { raw: '9007199254740991' }, { raw: '1e400' }])],
    ['changed', names],
    ['was', { fields: names.slice(0, 3).map((name) => [name, nastyText(random)] as const) }],
  ];
}

interface Row {
  readonly document: JsonDocument;
  readonly base: string | null;
  readonly was: object;
  readonly fields?: readonly string[];
}

function rowOf({ document, base, was, fields }: Row): Node {
  const changed = fields ?? Object.keys(document).filter((field) => field !== 'id');
  return nodeOf({ id: document['id'], base, edit: 1, changed, was, doc: document });
}
