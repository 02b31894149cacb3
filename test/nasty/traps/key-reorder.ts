import { eachRecord, type Trap } from '../trap.ts';

/** The fields of each record come in another order with each answer. */
export function keyReorder(): Trap {
  let turn = 0;
  return {
    answer: (_request, reply) =>
      eachRecord(reply, (record) => {
        turn += 1;
        const fields = Object.entries(record);
        const cut = turn % fields.length;
        return Object.fromEntries([...fields.slice(cut), ...fields.slice(0, cut)].toReversed());
      }),
  };
}
