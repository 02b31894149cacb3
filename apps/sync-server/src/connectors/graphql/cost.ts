import type { JsonValue } from '@datastores/core/schema';
import { valueAt } from '../rest/dot-path.ts';

/** What an answer says of its cost, in points of the service. */
export interface Cost {
  readonly requested: number | undefined;
  readonly bucket: Bucket | undefined;
}

/** The budget of a service as it stands: it holds at most `maximum`, and is filled by `rate` points a second. */
export interface Bucket {
  readonly maximum: number;
  readonly available: number;
  readonly rate: number;
}

/** Reads `extensions.cost` as Shopify sends it. */
export function costIn(body: JsonValue): Cost {
  const number = (path: string): number | undefined => {
    const value = valueAt(body, `extensions.cost.${path}`);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const [maximum, available, rate] = ['maximumAvailable', 'currentlyAvailable', 'restoreRate'].map((name) =>
    number(`throttleStatus.${name}`),
  );
  const known = maximum !== undefined && available !== undefined && rate !== undefined && rate > 0;
  return { requested: number('requestedQueryCost'), bucket: known ? { maximum, available, rate } : undefined };
}
