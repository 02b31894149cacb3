/** Query parameters in their order. */
export type Params = Readonly<Record<string, string>>;

/** Full address of a path. Blanks are %20, since some services do not know `+`. */
export function addressOf(baseUrl: string, path: string, params: Params = {}): string {
  const query = Object.entries(params).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const joined = query.length === 0 ? '' : `${path.includes('?') ? '&' : '?'}${query.join('&')}`;
  return `${baseUrl.replace(/\/+$/, '')}${path}${joined}`;
}

/** Fills `{key}` into a path; null for a key that no path can carry, because it would address something else. */
export function pathOf(template: string, key: string): string | null {
  // As a segment of a path these are taken as directions, even when escaped; a lone surrogate has no escape.
  if (key === '' || key === '.' || key === '..' || /\p{Surrogate}/u.test(key)) return null;
  return template.replaceAll('{key}', () => encodeURIComponent(key));
}
