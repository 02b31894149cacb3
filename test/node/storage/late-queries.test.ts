import { expect, test } from 'vitest';
import { item } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { openSqlitePlace } from './sqlite-place.ts';

test('a query that RxDB repeats while its collection is being closed is answered, and none is afterwards', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const query = prepared(instance, {});
  await instance.bulkWrite([{ document: item('a') }], 'test');
  await instance.query(query);
  const closing = instance.close();
  expect((await instance.query(query)).documents.map(({ id }) => id)).toEqual(['a']);
  expect(await instance.count(query)).toMatchObject({ count: 1 });
  expect(await instance.findDocumentsById(['a'], false)).toHaveLength(1);
  const late = instance.bulkWrite([{ document: item('b') }], 'test');
  await expect(late, 'what is not written yet').rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
  await closing;
  await expect(instance.query(query)).rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
  await expect(instance.count(query)).rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
});
