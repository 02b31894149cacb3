const FORMATS = new Map<string, Intl.NumberFormat>();

/** An amount in the minor unit of a currency, as people write it. */
export function money(amount: number, currency = 'EUR'): string {
  let format = FORMATS.get(currency);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-IE', { style: 'currency', currency });
    FORMATS.set(currency, format);
  }
  return format.format(amount / 100);
}
