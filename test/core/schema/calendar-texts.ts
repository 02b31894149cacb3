import fc from 'fast-check';

const one = (...texts: string[]) => fc.constantFrom(...texts);
const month = one('00', '02', '02', '04', '12', '13');
const day = one('00', '28', '29', '29', '30', '31', '32');
/** Days, of which some are none. */
export const date: fc.Arbitrary<string> = fc
  .tuple(one('2024', '2026', '2026', '1900', '20'), month, day)
  .map((parts) => parts.join('-'));
const time = fc
  .tuple(one('00', '23', '24'), one('00', '59', '60'), one('00', '59', '60', '61'))
  .map((parts) => parts.join(':'));
const zone = fc.constantFrom('Z', 'Z', 'Z', 'z', '+01:00', '-2359', '+24:00', '', 'Z ');
const fraction = fc.constantFrom('', '.1', '.123456', '.', ',5');
/** Points in time, of which some are none. */
export const dateTime: fc.Arbitrary<string> = fc
  .tuple(date, fc.constantFrom('T', 'T', 'T', 't', ' ', 'TT'), time, fraction, zone)
  .map((parts) => parts.join(''));
