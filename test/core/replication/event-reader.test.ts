import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventReader } from '../../../packages/core/src/replication/event-reader.ts';

type Heard = readonly [name: string, data: string];

function read(pieces: readonly string[], maxSize = 1_000) {
  const heard: Heard[] = [];
  let tooLong = 0;
  const event = (name: string, data: string) => void heard.push([name, data]);
  const reader = createEventReader({ maxSize, event, tooLong: () => (tooLong += 1) });
  for (const piece of pieces) reader.feed(piece);
  return { heard, tooLong };
}

const word = fc.stringMatching(/^[a-z:ü ]{0,6}$/).map((text) => text.trim());
const events = fc.array(fc.record({ name: word, data: fc.array(word, { minLength: 1, maxLength: 3 }) }), {
  maxLength: 4,
});
const cuts = fc.array(fc.nat(40), { maxLength: 6 });

test('events are read as they were written, with whatever ends of lines and wherever they are cut', () => {
  fc.assert(
    fc.property(events, fc.constantFrom('\n', '\r\n', '\r'), cuts, (written, end, at) => {
      const lines = written.flatMap(({ name, data }) => [
        ': a comment',
        ...(name === '' ? [] : [`event: ${name}`]),
        ...data.map((one) => `data: ${one}`),
        'id: 5',
        '',
      ]);
      const text = `${lines.map((line) => line + end).join('')}: so that the last end is complete${end}:`;
      const places = [0, ...at.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
      const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));

      const { heard } = read(pieces);

      expect(heard).toEqual(written.map(({ name, data }) => [name || 'message', data.join('\n')]));
    }),
  );
});

test('an event that is too long is told once, and nothing is read after it', () => {
  const many = Array.from({ length: 50 }, () => 'data: 0123456789\n');
  expect(read([...many, '\n', 'data: 1\n\n'], 200)).toEqual({ heard: [], tooLong: 1 });
  expect(read(['data: ', 'x'.repeat(150), 'x'.repeat(150), '\n\ndata: 1\n\n'], 200)).toEqual({ heard: [], tooLong: 1 });
  expect(read(['data: 1\n\n'.repeat(100)], 200).heard).toHaveLength(100);
});

test('fields without a value, and events without data', () => {
  expect(read(['data\n\nevent: ping\n\ndata:a\n\n']).heard).toEqual([
    ['message', ''],
    ['message', 'a'],
  ]);
});
