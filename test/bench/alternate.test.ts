import { expect, test } from 'vitest';
import { alternate } from './alternate.ts';

test('control and ours are measured in turn, as often as asked for', async () => {
  const order: string[] = [];
  const rounds = await alternate(
    { rounds: 3, note: () => {} },
    {
      control: async (round) => {
        order.push(`control ${round}`);
        return round * 10;
      },
      ours: async (round) => {
        order.push(`ours ${round}`);
        return round;
      },
    },
  );

  expect(order).toEqual(['control 1', 'ours 1', 'control 2', 'ours 2', 'control 3', 'ours 3']);
  expect(rounds).toEqual({ control: [10, 20, 30], ours: [1, 2, 3] });
});
