import { documentDigest, idDigest, readDigests, writeDigests } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';

const state = { scope: 'main', version: 'e.7.t', document: { id: 'p1', name: 'Chai', price: 18, tags: ['a', 'b'] } };

test('the order of keys changes nothing, and every other thing does', () => {
  const { id, name, price, tags } = state.document;
  const digest = documentDigest(state);

  expect(documentDigest({ ...state, document: { tags, price, name, id } })).toBe(digest);
  const others = [
    { ...state, scope: 'other' },
    { ...state, version: 'e.8.t' },
    { ...state, document: { ...state.document, id: 'p2' } },
    { ...state, document: { ...state.document, name: 'Chaj' } },
    { ...state, document: { ...state.document, price: 18.5 } },
    { ...state, document: { ...state.document, tags: ['b', 'a'] } },
    { ...state, document: { id, name, price } },
  ];
  expect(new Set([digest, ...others.map(documentDigest)]).size).toBe(others.length + 1);
});

test('every single character that is another one changes the digest', () => {
  const random = seeded(7);
  const text = Array.from({ length: 300 }, () => String.fromCharCode(97 + random() * 26)).join('');
  const digest = documentDigest({ ...state, document: { id: 'p', text } });
  for (let at = 0; at < text.length; at += 1) {
    for (const unit of [32, 65, 0xe9, 0x4e2d]) {
      const other = text.slice(0, at) + String.fromCharCode(unit) + text.slice(at + 1);
      expect(documentDigest({ ...state, document: { id: 'p', text: other } })).not.toBe(digest);
    }
  }
});

test('the digests of many similar documents and ids are all different', () => {
  const many = 200_000;
  const ids = new Set<number>();
  const documents = new Set<number>();
  for (let index = 0; index < many; index += 1) {
    ids.add(idDigest(`p${index}`));
    documents.add(documentDigest({ ...state, document: { id: 'p', at: index } }));
  }
  expect(ids.size).toBe(many);
  expect(documents.size).toBe(many);
});

test('digests are read as they were written', () => {
  const random = seeded(3);
  const digests = [0, 1, 63, 64, 2 ** 42 - 1, ...Array.from({ length: 500 }, () => Math.floor(random() * 2 ** 42))];

  expect(readDigests(writeDigests(digests, 7), 7)).toEqual(digests);
  expect(writeDigests(digests, 8)).toHaveLength(digests.length * 8);
  expect(readDigests('', 7)).toEqual([]);
});
