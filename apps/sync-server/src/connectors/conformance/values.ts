import type { JsonValue } from '@datastores/core/schema';
import { unlessHas } from './applicable.ts';
import { type ConformanceCheck, checksOf } from './check.ts';
import type { ConnectorSubject } from './place.ts';
import { expectSame } from './point-reads.ts';
import { getOne } from './reads.ts';
import { applied, create, push, update } from './writes.ts';

/** What becomes of values on their way. */
export function valueChecks(subject: ConnectorSubject): readonly ConformanceCheck[] {
  const notApplicable = unlessHas(subject, 'push');
  const fields = Object.entries({ ...USUAL, ...subject.values });
  return checksOf(subject, 'values', [
    ...fields.map(([field, values]) => ({
      name: `values of ${field} come back as they were written`,
      claim: `${field} holds what is written to it`,
      remedy: `Send and read ${field} without a change of type, encoding or precision; if the system itself changes values, name in values of the subject those that it keeps.`,
      notApplicable,
      run: async ({ stream }: Parameters<Parameters<typeof checksOf>[2][number]['run']>[0]) => {
        for (const [at, value] of values.entries()) {
          const write = create(`w${at}`, 'value', 1);
          const { key } = applied(await push(stream, { ...write, data: { ...write.data, [field]: value } }));
          expectSame((await getOne(stream, key)).data[field], value, `${field} after a create`);
          const other = values.at(at - 1) ?? null;
          applied(await push(stream, update(`u${at}`, key, { [field]: other })));
          expectSame((await getOne(stream, key)).data[field], other, `${field} after an update`);
        }
      },
    })),
    {
      name: 'a patch empties a field with null and leaves a field that it does not hold',
      claim: 'null empties a field, and an absent field stays as it was',
      remedy: 'Send exactly the fields of the patch, null as the empty value of the system.',
      notApplicable,
      run: async ({ stream }) => {
        const { key } = applied(await push(stream, create('w1', 'named', 7)));
        applied(await push(stream, update('w2', key, { name: null })));
        const emptied = (await getOne(stream, key)).data;
        expectSame([emptied.name ?? null, emptied.quantity], [null, 7], 'name and quantity after { name: null }');
        applied(await push(stream, update('w3', key, { name: 'again' })));
        applied(await push(stream, update('w4', key, { quantity: 8 })));
        const { data } = await getOne(stream, key);
        expectSame([data.name, data.quantity], ['again', 8], 'name and quantity after { quantity: 8 }');
      },
    },
  ]);
}

/** Twenty characters, and what text is usually broken by. */
const USUAL: Readonly<Record<string, readonly JsonValue[]>> = {
  name: [
    'twenty letters longer',
    'Ünïcødé ключ 漢字',
    '😀',
    ' spaces ',
    '',
    'it\'s "quoted"',
    'a\\b',
    '<b>&amp;',
    '%_?',
    'null',
    '007',
  ].map((text) => text.slice(0, 20)),
  quantity: [0, -7, 2_147_483_647],
};
