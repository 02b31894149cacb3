import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeText } from '../../../apps/sync-server/src/store/postgres/text-code.ts';

const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', 'a', '漢', '😀') });

test('any text comes back, without the character that PostgreSQL cannot hold', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(encodeText(given)).not.toContain('\0');
      expect(decodeText(encodeText(given))).toBe(given);
    }),
  );
});

test('texts keep their order', () => {
  const order = (a: string, b: string) => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(order(encodeText(a), encodeText(b))).toBe(order(a, b));
    }),
  );
});
