/** What an answer must not tell of the inside of a server: stacks, files, statements, secrets. */
const PATTERNS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a stack', /\n\s+at .+:\d+:\d+|\bat \w[\w.<>]* \(.*:\d+:\d+\)/],
  ['a source file', /\b[\w-]+\.(?:ts|mjs|cjs|js):\d+/],
  ['a module', /node_modules|node:internal|better-sqlite3|\bsuperjson\b|\bzod\b|\bfastify\b|FST_ERR/i],
  ['a statement of SQL', /\b(?:select .+ from|insert into|update .+ set|delete from)\b|SQLITE_/i],
  [
    'an error of the engine',
    /\b(?:TypeError|RangeError|SyntaxError|ReferenceError)\b|Maximum call stack|is not a function/,
  ],
];

/** What of the inside a text tells that the request did not say first; null if nothing. */
export function leakIn(text: string, sent: string): string | null {
  for (const [what, pattern] of PATTERNS) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined && !sent.includes(found.trim())) return `tells of ${what}: ${found.slice(0, 120)}`;
  }
  return null;
}
