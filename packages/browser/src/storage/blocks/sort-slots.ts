import { type KeyValue, rankOf } from './value-order.ts';

/** How to sort slots. */
export interface SlotOrder {
  readonly compare: (a: number, b: number) => number;
  /** The first value by which `compare` sorts. */
  readonly leading: (slot: number) => KeyValue;
}

/** Fewer are compared one by one. */
const FEW = 500;

/**
 * Sorts slots in place. By the beginnings of their first values as numbers, digit by digit, and only what begins alike by
 * comparing it: of 100,000 names, a third of the time.
 */
export function sortSlots(slots: Uint32Array, { compare, leading }: SlotOrder): Uint32Array {
  if (slots.length < FEW) return slots.sort(compare);
  const keys = Float64Array.from(slots, (slot) => beginningOf(leading(slot)));
  const order = orderOf(keys);
  const before = slots.slice();
  for (let at = 0; at < slots.length; at += 1) slots[at] = before[order[at] as number] as number;
  for (let start = 0; start < slots.length; ) {
    const key = keys[order[start] as number];
    let end = start + 1;
    while (end < slots.length && keys[order[end] as number] === key) end += 1;
    if (end - start > 1) slots.subarray(start, end).sort(compare);
    start = end;
  }
  return slots;
}

const UNIT = 2 ** 16;
const ALL_UNITS = UNIT ** 3;
const BITS = new DataView(new ArrayBuffer(8));

/** A whole number below 2^51, never greater than that of a value that comes later. */
function beginningOf(value: KeyValue): number {
  return rankOf(value) * ALL_UNITS + unitsOf(value);
}

function unitsOf(value: KeyValue): number {
  if (typeof value === 'string') return (unitAt(value, 0) * UNIT + unitAt(value, 1)) * UNIT + unitAt(value, 2);
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
function orderOf(keys: Float64Array): Uint32Array {
  let order = Uint32Array.from(keys, (_, at) => at);
  let next = new Uint32Array(keys.length);
  const starts = new Uint32Array(UNIT + 1);
  for (let weight = 1; weight <= ALL_UNITS; weight *= UNIT) {
    const digitOf = (at: number) => Math.floor((keys[at] as number) / weight) % UNIT;
    starts.fill(0);
    for (let at = 0; at < keys.length; at += 1) starts[digitOf(at) + 1] = (starts[digitOf(at) + 1] as number) + 1;
    for (let digit = 1; digit <= UNIT; digit += 1)
      starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number);
    for (const at of order) {
      const digit = digitOf(at);
      next[starts[digit] as number] = at;
      starts[digit] = (starts[digit] as number) + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}
