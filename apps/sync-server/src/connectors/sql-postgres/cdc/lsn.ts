/** The number of a position in the write-ahead log; its text is two hexadecimal numbers of 32 bits, `16/B374D848`. */
export function lsnNumber(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** The text of a position, as PostgreSQL writes it. */
export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** The later of two positions. */
export function laterLsn(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
