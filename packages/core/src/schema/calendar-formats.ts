const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)$/i;
const LONGEST: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day of the calendar, as RFC 3339 writes it: 2026-02-28. */
export function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  if (day === 0 || day > (LONGEST[month - 1] ?? 0)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

/** A point in time, as RFC 3339 writes it: 2026-02-28T09:30:00.5+01:00. A leap second ends a day in UTC. */
export function isDateTime(text: string): boolean {
  const parts = text.split(/t|\s/i);
  return parts.length === 2 && isDate(parts[0] as string) && isTime(parts[1] as string);
}

/** A leap second is taken wherever the other validator takes one, which does not look at all of the hour. */
function isTime(text: string): boolean {
  const found = TIME.exec(text);
  if (found === null) return false;
  const [hour = 0, minute = 0, second = 0] = found.slice(1, 4).map(Number);
  if (hour <= 23 && minute <= 59 && second < 60) return true;
  const zone = found[4] === '-' ? -1 : 1;
  const minuteThere = minute - zone * Number(found[6] ?? 0);
  const hourThere = hour - zone * Number(found[5] ?? 0) - (minuteThere < 0 ? 1 : 0);
  return second < 61 && [59, -1].includes(minuteThere) && [23, -1].includes(hourThere);
}
