import type { Random } from '../../bench/documents/random.ts';
import { CLAIMED_REPLICA, HONEST_SCOPE, VAULT_SCOPE } from '../server/place.ts';
import { SERVED } from '../server/served.ts';
import { type Node, nodeOf, textOf } from '../values/json-text.ts';
import { nastyText } from '../values/texts.ts';
import type { Recorded, Speaker } from './recorded.ts';
import { hostileRows, insertRow } from './rows.ts';

/** The input of a call, before it becomes text. */
export type Message = { readonly fields: readonly (readonly [string, Node])[] };

/** Routes that take a message. */
export type Call = 'pull' | 'push' | 'changes';

/** A message that the server has to serve. */
export function validMessage(call: Call, speaker: Speaker, random: Random): Message {
  const { name, version } = random.pick(SERVED);
  if (call === 'changes') {
    return {
      fields: [
        ['protocol', 1],
        ['datastores', nodeOf({ [name]: version, product: 0 })],
      ],
    };
  }
  const header = [
    ['protocol', 1],
    ['datastore', name],
    ['schemaVersion', version],
  ] as const;
  // Scopes that a token does not have make a push to be told to pull first, so only `main` is named.
  const checkpoint = random.pick<Node>([null, null, nodeOf(speaker.checkpoint)]);
  if (call === 'pull') {
    const size = [
      ['maxRows', random.pick([1, 10, 1_000])],
      ['maxBytes', random.pick([1, 1_000, 100_000])],
    ] as const;
    return { fields: [...header, ['checkpoint', checkpoint], ...size] };
  }
  const rows = Array.from({ length: random.pick([0, 1, 1, 2, 5]) }, () => insertRow(name, random));
  return {
    fields: [...header, ['replica', replicaOf(speaker, random)], ['checkpoint', checkpoint], ['rows', textOf(rows)]],
  };
}

/** A push of which the rows are hostile, and the rest is right. */
export function hostilePush(speaker: Speaker, random: Random): Message {
  const { name, version } = random.pick(SERVED);
  const older = name === 'note' ? random.pick([0, 1]) : version;
  return {
    fields: [
      ['protocol', 1],
      ['datastore', name],
      ['schemaVersion', older],
      ['replica', random.integer(0, 9) === 0 ? CLAIMED_REPLICA : replicaOf(speaker, random)],
      ['checkpoint', random.pick<Node>([null, null, nastyCheckpoint(speaker, random)])],
      ['rows', textOf(hostileRows(name, speaker, random))],
    ],
  };
}

/** A message with single fields replaced by what the field is there to refuse. */
export function wrongMessage(call: Call, speaker: Speaker, random: Random): Message {
  const { fields } = validMessage(call, speaker, random);
  const replace = random.pick([
    'protocol',
    'datastore',
    'schemaVersion',
    'replica',
    'checkpoint',
    'checkpoint',
    'maxRows',
  ]);
  const values: Readonly<Record<string, () => Node>> = {
    protocol: () =>
      random.pick<Node>([0, 2, 99, -1, { raw: '1.0000000000000001' }, { raw: '9007199254740993' }, '1', null]),
    datastore: () => random.pick<Node>([nastyText(random), 'constructor', '__proto__', 'PRODUCT', 'product ', '']),
    schemaVersion: () => random.pick<Node>([-1, 1, 2, 7, { raw: '1e308' }, { raw: '-0' }, '0', null]),
    replica: () =>
      random.pick<Node>([CLAIMED_REPLICA, nastyText(random), 'short', 'r'.repeat(65), '@wms'.repeat(4), null]),
    checkpoint: () => nastyCheckpoint(speaker, random),
    maxRows: () => random.pick<Node>([0, -1, 1_001, 1.5, { raw: '1e400' }, '10']),
  };
  return { fields: fields.map(([key, value]) => [key, key === replace ? (values[key]?.() ?? value) : value]) };
}

/** Checkpoints of other stores, of the future, of the past, of scopes of others, and such that are none. */
function nastyCheckpoint({ checkpoint }: Recorded, random: Random): Node {
  const real = checkpoint['main'] ?? { epoch: 'none', seq: 0, tag: '' };
  const scope = random.pick(['main', 'main', VAULT_SCOPE, HONEST_SCOPE, 'nowhere', '__proto__', nastyText(random)]);
  const one = (change: object): Node => ({ fields: [[scope, nodeOf({ ...real, ...change })]] });
  switch (random.integer(0, 9)) {
    case 0:
      return one({ seq: real.seq + random.pick([1, 1_000_000]) });
    case 1:
      return one({ seq: Number.MAX_SAFE_INTEGER });
    case 2:
      return {
        fields: [
          [
            scope,
            {
              fields: [
                ['epoch', real.epoch],
                ['seq', { raw: random.pick(SEQS) }],
                ['tag', real.tag],
              ],
            },
          ],
        ],
      };
    case 3:
      return one({ epoch: 'another-store' });
    case 4:
      return one({ tag: random.pick(['', 'x', 't'.repeat(64), 't'.repeat(65)]) });
    case 5:
      return one({ seq: Math.max(0, real.seq - 1) });
    case 6:
      return one({ epoch: nastyText(random), tag: nastyText(random) });
    case 7:
      return { fields: manyScopes(random).map((name) => [name, nodeOf(real)]) };
    case 8:
      return { fields: manyScopes(random).map((name) => [name, 0]) };
    default:
      return random.pick<Node>([[], 0, 'null', { fields: [[scope, null]] }, { fields: [] }, one({ extra: 1 })]);
  }
}

const SEQS: readonly string[] = ['-1', '-0', '0.5', '1e400', '9007199254740992', '"5"', 'null', '1e3'];

function manyScopes(random: Random): readonly string[] {
  return Array.from({ length: random.pick([2, 1_000, 1_001, 5_000]) }, (_, number) => `s-${number}`);
}

function replicaOf({ token }: Speaker, random: Random): string {
  return `replica-of-${token.who}-${random.integer(0, 10)}`;
}
