import type { Comparison } from '../../apps/sync-server/src/reconcile/compare/comparison.ts';
import type { Bench } from './engine.ts';

/** The newest comparison of the items of the ERP. */
export async function comparisonOf({ engine }: Pick<Bench, 'engine'>): Promise<Comparison> {
  const { systems } = await engine.status();
  const items = systems.find(({ system }) => system === 'erp')?.streams.find(({ stream }) => stream === 'items');
  if (items?.comparison) return items.comparison;
  throw new Error(`Nothing was compared: ${JSON.stringify(items)}`);
}
