import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { create } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { prepareProgram } from '../../../support/source-process.ts';
import { exchangeFolder } from './exchange-folder.ts';

const STREAMS: FilesOptions['streams'] = {
  items: { format: { is: 'jsonl' }, key: 'id', inbox: { delta: '*.jsonl' }, outbox: { marker: '.ok' } },
};

test('a server that is killed again and again leaves no half file and hands nothing over twice', async () => {
  await using folder = exchangeFolder();
  using program = await prepareProgram(new URL('./handover-process.ts', import.meta.url));
  const state = join(folder.path, '../state/one');
  let next = 0;
  for (let kills = 0; kills < 12; kills += 1) {
    using server = program.start([folder.path, state, String(next)]);
    next = Number(await server.line()) + 1;
    await setTimeout(Math.random() * 60);
    await server.kill();
    for (const line of await server.rest()) next = Number(line) + 1;
  }
  // The batch under way when it was killed last is repeated, as the engine does.
  const last = folder.server(STREAMS);
  const writes = [1, 2, 3].map((at) => create(`w${next}-${at}`, `name ${next}`, at));
  expect(await last.stream.push?.(writes, last.context)).toMatchObject([
    { is: 'applied' },
    { is: 'applied' },
    { is: 'applied' },
  ]);
  const names = folder.names('outbox');
  const whole = names.filter((name) => name.endsWith('.jsonl'));
  expect(names.filter((name) => name.endsWith('.ok'))).toEqual(whole.map((name) => `${name}.ok`));
  const handed = whole.flatMap((name) =>
    folder
      .text(`outbox/${name}`)
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { write_id: string }).write_id),
  );
  const wanted = Array.from({ length: next + 1 }, (_, batch) => [1, 2, 3].map((at) => `w${batch}-${at}`)).flat();
  expect(handed).toEqual(wanted);
  expect(Object.keys(await last.records())).toHaveLength(wanted.length);
});

test('a handover that was cut off before the last rename is ended by the next server, once', async () => {
  await using folder = exchangeFolder();
  const first = folder.server(STREAMS);
  await first.stream.push?.([create('w1', 'a', 1)], first.context);
  await first.connector.close();
  const [name = ''] = folder.names('outbox');
  const path = (file: string) => join(folder.path, 'outbox', file);
  renameSync(path(name), path(`.${name}.tmp`));
  rmSync(path(`${name}.ok`));
  writeFileSync(path('.items-0000000002-0000000000000000.jsonl.tmp'), '{"half":');
  const second = folder.server(STREAMS, { name: 'two' });
  expect(await second.stream.find?.(create('w1', 'a', 1), second.context)).toMatchObject({ data: { name: 'a' } });
  expect(folder.names('outbox')).toEqual([name, `${name}.ok`]);
  rmSync(path(name));
  rmSync(path(`${name}.ok`));
  const third = folder.server(STREAMS, { name: 'two' });
  await second.connector.close();
  expect(await third.stream.push?.([create('w1', 'a', 1)], third.context)).toMatchObject([{ is: 'applied' }]);
  expect(folder.names('outbox')).toEqual([]);
});

test('a file that was moved to done just before the server died is read from there', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(STREAMS);
  folder.drop('1.jsonl', '{"id":"a","n":1}\n');
  await server.records();
  folder.drop('done/items/0000000002.delta~2.jsonl', '{"id":"a","n":2}\nnot a line\n');
  folder.drop('3.jsonl', '{"id":"b","n":3}\n');
  expect(await server.records()).toEqual({ a: { id: 'a', n: 2 }, b: { id: 'b', n: 3 } });
  expect(folder.report()).toMatchObject([{ faulty: 1 }, { line: 2 }]);
  expect(folder.names('done/items')).toHaveLength(3);
});

test('copies that a killed server left in its state folder are removed', async () => {
  await using folder = exchangeFolder();
  const server = folder.server(STREAMS);
  const spool = join(folder.path, '../state/one/items/spool');
  folder.drop('1.jsonl', '{"id":"a"}\n');
  await server.records();
  expect(readdirSync(spool)).toEqual([]);
  await server.connector.close();
  writeFileSync(join(spool, 'left'), 'x');
  await folder.server(STREAMS).records();
  expect(existsSync(join(spool, 'left'))).toBe(false);
});
