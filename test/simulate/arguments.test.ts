import { expect, test } from 'vitest';
import { parseCommand } from './arguments.ts';

const parse = (line: string) => parseCommand(line === '' ? [] : line.split(' '));

test('without options some hundred seeds are simulated', () => {
  expect(parse('')).toMatchObject({ kind: 'run', seed: 1, seeds: 200, steps: 0, plant: null, workers: 2 });
});

test('a number of steps is a release: it takes at least 2,000 seeds', () => {
  expect(parse('--steps 1_000_000 --json')).toMatchObject({ kind: 'run', seeds: 2_000, steps: 1_000_000, json: true });
  expect(parse('--planted')).toMatchObject({ kind: 'planted', seeds: 2_000 });
});

test('one seed is replayed, whole or in part, with a planted bug or without', () => {
  expect(parse('--seed 7')).toMatchObject({ kind: 'replay', seed: 7, keep: null });
  expect(parse('--plant echo --seed 7 --keep 1,2')).toMatchObject({ seed: 7, keep: [1, 2], plant: { name: 'echo' } });
});

test('what is wrong is told with what there is', () => {
  expect(() => parse('--plant none')).toThrow(/There is no plant "none". There are: naive-ack, /);
  expect(() => parse('--plant echo,naive-ack')).toThrow('Several bugs in turn need --planted.');
  expect(parse('--seed 7 --keep none')).toMatchObject({ seed: 7, keep: [] });
  expect(() => parse('--keep 1')).toThrow('--keep needs --seed');
  expect(() => parse('--seeds 0')).toThrow('--seeds must be a whole number from 1');
});
