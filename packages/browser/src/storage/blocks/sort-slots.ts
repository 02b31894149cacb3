import { type KeyValue, rankOf } from './value-order.ts';

/** How to sort slots. */
export interface SlotOrder {
  readonly compare: (a: number, b: number) => number;
  /** The values by which `compare` sorts, the one that counts most first. */
  readonly values: readonly ((slot: number) => KeyValue)[];
}

/** Fewer are compared one by one. */
const FEW = 2_000;

/**
 * Sorts slots in place, as `compare` does: by numbers made of the beginnings of their values, digit by digit, behind what
 * all of them begin with; only few that are alike there are compared. Of 100,000 names, a third of the time.
 */
export function sortSlots(slots: Uint32Array, order: SlotOrder): Uint32Array {
  const [first, ...rest] = order.values;
  if (slots.length < FEW || first === undefined) return slots.sort(order.compare);
  const common = commonOf(slots, first);
  if (common === 'equal') return sortSlots(slots, { ...order, values: rest });
  const keys = Float64Array.from(slots, (slot) => beginningOf(first(slot), common));
  const places = placesInOrder(keys);
  const before = slots.slice();
  for (let at = 0; at < slots.length; at += 1) slots[at] = before[places[at] as number] as number;
  for (let start = 0; start < slots.length; ) {
    const key = keys[places[start] as number];
    let end = start + 1;
    while (end < slots.length && keys[places[end] as number] === key) end += 1;
    if (end - start === slots.length) return slots.sort(order.compare);
    if (end - start > 1) sortSlots(slots.subarray(start, end), order);
    start = end;
  }
  return slots;
}

/** How many units all values begin with alike, which is 0 where some are no texts; or that they are the same. */
function commonOf(slots: Uint32Array, read: (slot: number) => KeyValue): number | 'equal' {
  const one = read(slots[0] as number);
  let common = typeof one === 'string' ? one.length : 0;
  let areEqual = true;
  for (const slot of slots) {
    const value = read(slot);
    if (value === one) continue;
    areEqual = false;
    if (typeof one !== 'string' || typeof value !== 'string') return 0;
    let at = 0;
    while (at < common && value.charCodeAt(at) === one.charCodeAt(at)) at += 1;
    common = at;
  }
  return areEqual ? 'equal' : common;
}

const UNIT = 2 ** 16;
const ALL_UNITS = UNIT ** 3;
const BITS = new DataView(new ArrayBuffer(8));

/** A whole number below 2^51, never greater than that of a value that comes later. */
function beginningOf(value: KeyValue, common: number): number {
  return rankOf(value) * ALL_UNITS + unitsOf(value, common);
}

function unitsOf(value: KeyValue, common: number): number {
  if (typeof value === 'string') {
    return (unitAt(value, common) * UNIT + unitAt(value, common + 1)) * UNIT + unitAt(value, common + 2);
  }
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number') return 0;
  // The bits of a positive number are in the order of numbers; those of a negative one the other way round. 0 is also -0.
  BITS.setFloat64(0, value === 0 ? 0 : value);
  const bits = BITS.getUint32(0) * UNIT + BITS.getUint16(4);
  const half = ALL_UNITS / 2;
  return bits < half ? half + bits : ALL_UNITS - 1 - bits;
}

function unitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}

/** The places of keys in their order, by sorting them by each of four digits, the lowest first. */
function placesInOrder(keys: Float64Array): Uint32Array {
  let places = Uint32Array.from(keys, (_, at) => at);
  let next = new Uint32Array(keys.length);
  const digits = new Uint16Array(keys.length);
  const starts = new Uint32Array(UNIT + 1);
  for (let weight = 1; weight <= ALL_UNITS; weight *= UNIT) {
    starts.fill(0);
    for (let at = 0; at < keys.length; at += 1) {
      const digit = Math.floor((keys[at] as number) / weight) % UNIT;
      digits[at] = digit;
      starts[digit + 1] = (starts[digit + 1] as number) + 1;
    }
    // All have the same.
    if (starts[(digits[0] as number) + 1] === keys.length) continue;
    for (let digit = 1; digit <= UNIT; digit += 1) {
      starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number);
    }
    for (const at of places) {
      const digit = digits[at] as number;
      next[starts[digit] as number] = at;
      starts[digit] = (starts[digit] as number) + 1;
    }
    [places, next] = [next, places];
  }
  return places;
}
