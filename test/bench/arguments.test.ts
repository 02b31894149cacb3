import { expect, test } from 'vitest';
import { OPTIONS_TEXT, parseCommand } from './arguments.ts';
import { WORKLOADS } from './workloads.ts';

const parse = (line: string) => parseCommand(line === '' ? [] : line.split(' '), WORKLOADS);

test('without a workload, or with --help, they are listed', () => {
  expect(parse('')).toEqual({ kind: 'list' });
  expect(parse('push --help')).toEqual({ kind: 'list' });
});

test('a workload runs with its own defaults unless told otherwise', () => {
  expect(parse('push')).toMatchObject({ kind: 'run', rounds: 3, docs: null, clients: null, datastore: 'product' });
  expect(parse('initial-sync --docs 1_000_000 --rounds 5 --datastore order --search --json')).toMatchObject({
    docs: 1_000_000,
    rounds: 5,
    datastore: 'order',
    search: true,
    json: true,
    profile: false,
  });
  expect(parse('propagation --clients 100 --profile')).toMatchObject({ clients: 100, profile: true });
});

test('all means every workload', () => {
  const command = parse('all');

  expect(command.kind === 'run' && command.workloads.map(({ name }) => name)).toEqual(
    WORKLOADS.map(({ name }) => name),
  );
});

test.each([
  ['sync', 'There is no workload "sync". There are: initial-sync, local-write'],
  ['push local-read', 'One workload at a time, not "push" and "local-read"'],
  ['push --docs many', '--docs must be a whole number from 100, not "many"'],
  ['push --docs 1.5', '--docs must be a whole number from 100, not "1.5"'],
  ['push --docs=', '--docs must be a whole number from 100, not ""'],
  ['push --docs 10', '--docs must be a whole number from 100, not "10"'],
  ['push --rounds 0', '--rounds must be a whole number from 1, not "0"'],
  ['fan-out --clients 1', '--clients must be a whole number from 2, not "1"'],
  ['push --clients 5', '--clients says how many replicas are live; push has a fixed number'],
  ['push --datastore customer', 'There is no datastore "customer". There are: product, inventory, order'],
  ['local-read --datastore order', '--datastore order: local-read is measured with products only'],
  ['push --fast', "Unknown option '--fast'"],
])('"%s" is refused with a reason', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});

test('every option is described', () => {
  for (const option of ['docs', 'rounds', 'clients', 'datastore', 'search', 'json', 'profile']) {
    expect(OPTIONS_TEXT).toContain(`--${option}`);
  }
});
