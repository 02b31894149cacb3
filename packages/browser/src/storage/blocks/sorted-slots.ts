import { type SlotOrder, sortSlots } from './sort-slots.ts';

/** Slots of a table in an order. It is made when it is first asked for, and kept from then on. */
export interface SortedSlots {
  /** The slots in order. Some of them may be dead. Valid until the table changes. */
  slots(): Uint32Array;
  /** A slot that has been added to the table. */
  add(slot: number): void;
  /** The table has numbered its slots anew; `numbers` has the new one of each, or -1. */
  renumber(numbers: Int32Array): void;
}

/** Where the slots come from. */
export interface SlotSource extends SlotOrder {
  /** All slots that are not dead. */
  readonly live: () => Uint32Array;
}

const NONE = new Uint32Array(0);

/** Keeps slots sorted. New ones are merged in when somebody looks, so that a bulk write costs one pass and no more. */
export function createSortedSlots({ compare, values, live }: SlotSource): SortedSlots {
  let sorted: Uint32Array | null = null;
  let length = 0;
  let added: number[] = [];

  function merge(): void {
    const current = sorted as Uint32Array;
    added.sort(compare);
    const total = length + added.length;
    // Room to grow: a single write then moves what lies behind it and copies nothing.
    const target = total <= current.length ? current : new Uint32Array(total + (total >> 3) + 64);
    if (target !== current) target.set(current.subarray(0, length));
    let end = length;
    for (let at = added.length - 1; at >= 0; at -= 1) {
      const slot = added[at] as number;
      const place = placeOf(target, { slot, end, compare });
      target.copyWithin(place + at + 1, place, end);
      target[place + at] = slot;
      end = place;
    }
    sorted = target;
    length = total;
    added = [];
  }

  return {
    slots() {
      if (sorted === null) {
        sorted = sortSlots(live(), { compare, values });
        length = sorted.length;
        added = [];
      } else if (added.length > 0) merge();
      return sorted.length === 0 ? NONE : sorted.subarray(0, length);
    },
    add(slot) {
      if (sorted !== null) added.push(slot);
    },
    renumber(numbers) {
      if (sorted === null) return;
      let kept = 0;
      for (let at = 0; at < length; at += 1) {
        const number = numbers[sorted[at] as number] as number;
        if (number < 0) continue;
        sorted[kept] = number;
        kept += 1;
      }
      length = kept;
      added = added.map((slot) => numbers[slot] as number).filter((slot) => slot >= 0);
    },
  };
}

/** The first place before `end` whose slot comes behind this one. */
function placeOf(
  sorted: Uint32Array,
  { slot, end, compare }: { readonly slot: number; readonly end: number; readonly compare: SlotSource['compare'] },
): number {
  // Numbers of the sequence come in order.
  if (end > 0 && compare(sorted[end - 1] as number, slot) <= 0) return end;
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] as number, slot) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
