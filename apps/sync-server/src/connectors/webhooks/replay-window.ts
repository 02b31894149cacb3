/** How far the clock of a sender may be from ours, unless an option says otherwise: 5 minutes. */
export const TOLERANCE_MS = 5 * 60_000;

/** True if a time of a call, in whole seconds or milliseconds since 1970, is near enough to be one of now. */
export function isTimely(
  text: string | undefined,
  options: { readonly now: number; readonly toleranceMs: number; readonly unitMs?: number },
): boolean {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return false;
  return Math.abs(options.now - Number(text) * (options.unitMs ?? 1_000)) <= options.toleranceMs;
}
