/**
 * A pattern of file names as a regular expression: `*` stands for any text, `?` for one character, all else for itself.
 * Its groups are what the signs stand for.
 */
export function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '(.*)';
    return part === '?' ? '(.)' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'su');
}
