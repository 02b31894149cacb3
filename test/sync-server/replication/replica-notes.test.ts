import { customers } from '@datastores/core';
import { MAX_NOTES, type NoteRequest } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { notesAfter } from '../../../apps/sync-server/src/replication/replica-notes.ts';
import { callerOf, startService } from '../../support/sync.ts';

const DAY = 24 * 3_600_000;

function said(replica: string, unpushed: number, more: Partial<NoteRequest> = {}): NoteRequest {
  return { protocol: 1, replica: `replica-${replica}`, place: 'the-till', unpushed, dismissed: [], ...more };
}

test('the next replica of a place learns what the one before had not pushed, until that is dismissed', async () => {
  await using server = await startService([customers]);
  const { service } = server;
  const ana = callerOf('ana');
  await service.note(said('one', 3), ana);
  await service.note(said('far', 2, { place: 'elsewhere' }), ana);

  const { others } = await service.note(said('two', 0), ana);
  expect(others).toEqual([
    { replica: 'replica-one', unpushed: 3, toldAt: expect.any(Number), here: true },
    { replica: 'replica-far', unpushed: 2, toldAt: expect.any(Number), here: false },
  ]);
  const after = await service.note(said('two', 0, { dismissed: ['replica-one'] }), ana);
  expect(after.others.map(({ replica }) => replica)).toEqual(['replica-far']);
  await service.note(said('far', 0, { place: 'elsewhere' }), ana);
  expect((await service.note(said('two', 0), ana)).others).toEqual([]);
});

test('nobody learns of the replicas of others, or speaks for them', async () => {
  await using server = await startService([customers]);
  const { service } = server;
  await service.note(said('one', 3), callerOf('ana'));

  expect(await service.note(said('two', 0), callerOf('ben'))).toEqual({ others: [] });
  await expect(service.note(said('one', 0), callerOf('ben'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await service.note(said('two', 0, { dismissed: ['replica-one'] }), callerOf('ben'));
  expect((await service.note(said('three', 0), callerOf('ana'))).others).toHaveLength(1);
});

test('what tabs say at once is all remembered, and no more than may be', async () => {
  await using server = await startService([customers]);
  const ana = callerOf('ana');
  const many = Array.from({ length: MAX_NOTES + 10 }, (_, at) => server.service.note(said(`${at}`, 1), ana));
  await Promise.all(many);

  const { others } = await server.service.note(said('last', 0), ana);
  expect(others.map(({ replica }) => replica)).toEqual(
    Array.from({ length: MAX_NOTES }, (_, at) => `replica-${at + 10}`),
  );
});

test('a replica that was not heard of for thirteen months is forgotten', () => {
  const first = notesAfter([], said('one', 3), 0);
  expect(notesAfter(first, said('two', 0), 399 * DAY)).toHaveLength(1);
  expect(notesAfter(first, said('two', 0), 401 * DAY)).toEqual([]);
});
