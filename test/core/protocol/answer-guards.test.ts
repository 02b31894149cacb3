import {
  digestResponseSchema,
  infoSchema,
  noteResponseSchema,
  pokeSchema,
  pullResponseSchema,
  pushResponseSchema,
  wireErrorSchema,
} from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import {
  isDigestResponse,
  isNoteResponse,
  isPoke,
  isPullResponse,
  isPushResponse,
  isServerInfo,
  isWireError,
} from '../../../packages/core/src/protocol/answer-guards.ts';

const position = { epoch: 'e-1', seq: 7, tag: 't_2' };
const begun = { ...position, begun: { seq: 9, tag: 'x' } };
const inVain = { id: 'a', scope: null, version: null, document: null, code: 'C', message: 'm' };
const reset = { kind: 'reset', scopes: [{ scope: 's', reason: 'epoch' }] };

/** Each answer as a replica checks it, as the protocol declares it, and examples of all its forms. */
const ANSWERS = [
  {
    name: 'info',
    guard: isServerInfo,
    schema: infoSchema,
    examples: [
      { protocol: 1, oldestProtocol: 1, datastores: [{ name: 'a', schemaVersion: 0 }], encodings: ['gzip'], now: 5 },
    ],
  },
  {
    name: 'pull',
    guard: isPullResponse,
    schema: pullResponseSchema,
    examples: [
      { kind: 'page', documents: '', checkpoint: { s: begun }, hasMore: true, dropped: ['x'], remaining: 0 },
      reset,
    ],
  },
  {
    name: 'push',
    guard: isPushResponse,
    schema: pushResponseSchema,
    examples: [
      {
        kind: 'done',
        outcomes: [
          { is: 'accepted', id: 'a', scope: 's', version: 'v' },
          { is: 'merged', id: 'a', scope: 's', version: 'v', document: '{}', decisions: '[]' },
          { is: 'conflict', ...inVain },
          { is: 'rejected', ...inVain, scope: 's', version: 'v', document: '{}' },
        ],
        acknowledged: { s: position },
      },
      reset,
    ],
  },
  {
    name: 'digest',
    guard: isDigestResponse,
    schema: digestResponseSchema,
    examples: [
      {
        kind: 'digests',
        checkpoint: { s: position },
        changed: '',
        split: ['a'],
        list: ['a', null],
        documents: '',
        absent: ['x'],
        taken: 1,
      },
      { kind: 'behind' },
      reset,
    ],
  },
  {
    name: 'note',
    guard: isNoteResponse,
    schema: noteResponseSchema,
    examples: [{ others: [{ replica: 'r', unpushed: 1, toldAt: 2, here: true }] }],
  },
  {
    name: 'a poke',
    guard: isPoke,
    schema: pokeSchema,
    examples: [
      { all: true, steps: [{ scope: 's', after: null, to: position, changes: { a: null, b: 'rows' } }] },
      { all: false, steps: [{ scope: 's', after: begun, to: position, changes: {} }] },
    ],
  },
  {
    name: 'an error',
    guard: isWireError,
    schema: wireErrorSchema,
    examples: [
      { code: 'C', message: 'm', remedy: 'r', retryable: true },
      { code: 'C', message: 'm', remedy: 'r', retryable: false, retryAfterMs: 5, details: [1] },
    ],
  },
] as const;

/** What takes the place of each value in turn. */
const ODD: readonly unknown[] = [
  null,
  true,
  '',
  'constructor',
  'a text with spaces',
  'x'.repeat(201),
  'x'.repeat(65),
  'page',
  'reset',
  0,
  -1,
  1.5,
  2 ** 53,
  [],
  [null],
  {},
  { a: 1 },
];

test.each(ANSWERS)('a replica reads $name exactly as the protocol declares it', ({ guard, schema, examples }) => {
  let refused = 0;
  for (const example of examples) {
    expect(guard(example)).toBe(true);
    for (const changed of variantsOf(example)) {
      const isAnswer = guard(changed);
      expect(isAnswer, JSON.stringify(changed)).toBe(schema.safeParse(changed).success);
      if (!isAnswer) refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(20);
});

/** The value with one place in it odd, missing, doubled, or with a field more. */
function* variantsOf(value: unknown): Generator<unknown, void> {
  yield* ODD;
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) {
      for (const changed of variantsOf(one)) yield value.with(index, changed);
    }
    return;
  }
  yield { ...value, more: 1 };
  yield { ...value, constructor: position };
  for (const [name, one] of Object.entries(value)) {
    const { [name]: _, ...rest } = value as Record<string, unknown>;
    yield rest;
    yield { ...rest, [`${name} of another name`]: one };
    for (const changed of variantsOf(one)) yield { ...value, [name]: changed };
  }
}
