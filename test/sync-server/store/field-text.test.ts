import { canonicalJson, type JsonObject } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../../apps/sync-server/src/replication/decide.ts';
import { fieldText } from '../../../apps/sync-server/src/store/field-text.ts';
import { change, input, met, VERSION_3, VERSION_5 } from '../replication/thing.ts';

const odd = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', ',', ':', '{', '}', '[', ']', 'é', '😀', '\n') });
const name = fc.oneof(odd, fc.constantFrom('a', 'b', 'ab', '__proto__'));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    odd,
    fc.constantFrom(null, true, false, 0, -1.5e-9, 1e300),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}));

test('a field is taken out of the text of a document as parsing the whole would give it', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 5 }), name, (document, other) => {
      const text = canonicalJson(document as JsonObject);
      for (const field of [...Object.keys(document), other]) {
        const whole = JSON.parse(text) as JsonObject;
        const expected = Object.hasOwn(whole, field) ? JSON.stringify(whole[field]) : undefined;
        const found = fieldText(text, field);
        expect(found === undefined ? undefined : JSON.stringify(JSON.parse(found))).toBe(expected);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each(['', '{', '{"a', '{"a"', '{"a":', '{"a":1', '{"a":[', '{"a":"\\', 'null'])(
  'a text that is cut off is looked through to its end: %s',
  (text) => {
    expect(fieldText(text, 'b')).toBeUndefined();
  },
);

const fields = fc.record(
  {
    name: fc.constantFrom('Nail', 'Screw', ''),
    note: fc.constantFrom('old', 'new'),
    place: fc.constantFrom('A', 'B'),
    cost: fc.constantFrom(7, 8),
    stock: fc.constantFrom(9, 10, 11),
    lost: fc.constant(1),
  },
  { requiredKeys: [] },
);
const state = fc.record({
  document: fields.map((some) => ({ id: 'x', name: 'Nail', stock: 10, ...some })),
  deleted: fc.boolean(),
  author: fc.constantFrom('me', 'other'),
  base: fc.constantFrom(VERSION_3, null),
});
const credit = fc.option(
  fc.record({
    base: fc.constantFrom(VERSION_3, VERSION_5, null),
    edit: fc.integer({ min: 1, max: 3 }),
    refused: fc.boolean(),
    amounts: fc.constantFrom({}, { stock: 1 }),
  }),
  { nil: null },
);

test('a row is decided by the text of what is stored as it is by the parsed document', () => {
  const pushes = fc.record({
    base: fc.constantFrom(VERSION_3, VERSION_5, null),
    edited: fc.option(fields, { nil: null }),
  });
  fc.assert(
    fc.property(state, pushes, credit, (stored, { base, edited }, credit) => {
      const pushed = change(base, edited, stored.document);
      const byText = decide(input(pushed, met(stored), { credit }));
      const parsed = decide(input(pushed, met({ ...stored, text: null }), { credit }));
      expect(byText).toEqual(parsed);
    }),
    { numRuns: 5_000 },
  );
});
