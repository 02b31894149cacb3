import type { JsonValue } from '@datastores/core/schema';

/** How a service writes times: ISO 8601, seconds or milliseconds since 1970. */
export type StampFormat = 'iso' | 'unix' | 'unix-ms';

/** A time, in milliseconds since 1970, as the service takes it. */
export function stampOf(ms: number, format: StampFormat): string | number {
  if (format === 'iso') return new Date(ms).toISOString();
  return format === 'unix' ? Math.floor(ms / 1_000) : ms;
}

/** Milliseconds since 1970 of a stamp; 0 where it cannot be read. */
export function timeOfStamp(stamp: JsonValue | undefined, format: StampFormat): number {
  if (typeof stamp === 'number') return format === 'unix' ? stamp * 1_000 : stamp;
  const time = typeof stamp === 'string' ? Date.parse(stamp) : 0;
  return Number.isNaN(time) ? 0 : time;
}
