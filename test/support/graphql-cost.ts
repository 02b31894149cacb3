import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, valueFromASTUntyped } from 'graphql';

/** How much of a service one client may use, in points. */
export interface CostLimits {
  readonly maximum: number;
  /** Points a second. */
  readonly restoreRate: number;
  /** Most that one request may cost. */
  readonly single: number;
}

/** The budget of one client. */
export interface CostMeter {
  /** Points there are now. */
  available(): number;
  /** Takes points out; false: there are not enough, and none are taken. */
  take(cost: number): boolean;
}

/** A full bucket, refilled as time goes by. */
export function createCostMeter({ maximum, restoreRate }: CostLimits): CostMeter {
  let [level, at] = [maximum, performance.now()];
  const available = () => {
    const now = performance.now();
    level = Math.min(maximum, level + ((now - at) / 1_000) * restoreRate);
    at = now;
    return level;
  };
  return {
    available,
    take(cost) {
      if (available() < cost) return false;
      level -= cost;
      return true;
    },
  };
}

/**
 * What a request costs: objects 1 point, lists 2 points and what their entries cost for as many as are asked for, mutations
 * 10 points, values nothing.
 */
export function requestedCost(document: DocumentNode, variables: Readonly<Record<string, unknown>>): number {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
    ),
  );
  const ofSet = (set: SelectionSetNode | undefined): number =>
    (set?.selections ?? []).reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + ofField(selection);
      return (
        sum +
        ofSet(selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value))
      );
    }, 0);
  const argument = (field: FieldNode, name: string): unknown => {
    const given = field.arguments?.find((one) => one.name.value === name);
    return given && valueFromASTUntyped(given.value, { ...variables });
  };
  const ofField = (field: FieldNode): number => {
    if (!field.selectionSet) return 0;
    const [first, ids] = [argument(field, 'first'), argument(field, 'ids')];
    if (typeof first === 'number') return 2 + first * Math.max(1, ofSet(field.selectionSet));
    if (Array.isArray(ids)) return 2 + ids.length;
    return 1 + ofSet(field.selectionSet);
  };
  return document.definitions.reduce((sum, one) => {
    if (one.kind !== Kind.OPERATION_DEFINITION) return sum;
    const mutations = one.operation === 'mutation' ? 10 * one.selectionSet.selections.length : 0;
    return sum + mutations + ofSet(one.selectionSet);
  }, 0);
}
