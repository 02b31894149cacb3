import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { expect, test } from 'vitest';

/** The tiers of one package, lowest first. A file imports from a lower tier or its own; entries of one line never meet. */
interface Rules {
  readonly folder: string;
  readonly tiers: readonly (readonly string[])[];
}

const RULES: readonly Rules[] = [
  {
    folder: 'packages/core/src',
    tiers: [
      ['error-code.ts', 'encryption-codes.ts'],
      ['store-codes.ts'],
      ['error-codes.ts'],
      ['errors.ts', 'backoff.ts'],
      ['strategy.ts'],
      ['schema'],
      ['protocol'],
      ['search'],
      ['replica'],
      ['replication'],
      ['index.ts'],
    ],
  },
  {
    folder: 'packages/browser/src',
    tiers: [
      ['storage', 'search', 'encryption', 'network', 'tabs', 'view'],
      ['protected-storage.ts', 'room'],
      ['tab.ts'],
      ['open.ts'],
      ['react', 'element'],
      ['devtools'],
      ['index.ts', 'react.ts', 'element.ts', 'encryption.ts', 'devtools.ts'],
    ],
  },
  {
    folder: 'apps/sync-server/src',
    tiers: [
      ['config.ts', 'log.ts', 'clock.ts', 'config'],
      ['store', 'connectors'],
      ['replication', 'reconcile'],
      ['http.ts', 'http'],
      ['server.ts', 'server'],
      ['cli'],
      ['index.ts', 'main.ts', 'connector-kit.ts'],
    ],
  },
];

/** Which packages of this repository a package may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'packages/core/src': [],
  'packages/browser/src': ['@datastores/core'],
  'packages/node/src': ['@datastores/core'],
  'apps/sync-server/src': ['@datastores/core', '@datastores/node'],
};

const FORBIDDEN_NAMES = /(?:^|\/)(?:utils?|helpers?|common|types?|manager)(?:\.ts|\/|$)/;
const root = join(import.meta.dirname, '..');
const sources = Object.keys(PACKAGES).flatMap((folder) => filesBelow(join(root, folder)));

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(20);
});

test('a file imports from a lower tier or its own folder only', () => {
  const wrong = RULES.flatMap((rules) => below(rules.folder).flatMap((file) => tierFaults(rules, file)));

  expect(wrong).toEqual([]);
});

test('every file of a tiered package belongs to a tier', () => {
  const homeless = RULES.flatMap((rules) =>
    below(rules.folder).filter((file) => tierOf(rules, within(rules, file)) < 0),
  );

  expect(homeless).toEqual([]);
});

test('a package imports those packages of the repository only that the table allows, by their entry points', () => {
  const wrong = sources.flatMap((file) => {
    const allowed = PACKAGES[Object.keys(PACKAGES).find((folder) => file.startsWith(`${folder}/`)) ?? ''] ?? [];
    const own = importsOf(file).filter((name) => name.startsWith('@datastores/') || leaves(file, name));
    return own
      .filter((name) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)))
      .map((name) => `${file} -> ${name}`);
  });

  expect(wrong).toEqual([]);
});

test('the core needs neither Node nor a browser', () => {
  const wrong = below('packages/core/src').flatMap((file) => {
    const imports = importsOf(file)
      .filter((name) => name.startsWith('node:'))
      .map((name) => `${file} -> ${name}`);
    const globals =
      codeOf(file)
        .replace(/'[^'\n]*'/g, "''")
        .match(/(?<![\w.$'"-])(?:window|navigator|process|Buffer|localStorage)\b(?!['":]|\?:)(?=[.[(])/g) ?? [];
    return [...imports, ...globals.map((name) => `${file} uses ${name}`), ...documentGlobal(file)];
  });

  expect(wrong).toEqual([]);
});

test.each<[rule: string, breaks: (file: string) => boolean]>([
  ['is longer than 300 lines', (file) => textOf(file).split('\n').length > 301],
  ['has a name that says nothing', (file) => FORBIDDEN_NAMES.test(file)],
  ['is not named in kebab-case', (file) => !/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.tsx?$/.test(posix.basename(file))],
  ['uses a word for directions that means its opposite elsewhere', (file) => /upstream|downstream/i.test(textOf(file))],
  ['has a default export', (file) => /^export default|export\s*\{[^}]*\bas default\b/m.test(codeOf(file))],
  ['uses any', (file) => /(?::|<|as|\|)\s*any\b/.test(codeOf(file))],
  ['silences the compiler or the linter', (file) => /@ts-ignore|@ts-nocheck|biome-ignore/.test(textOf(file))],
])('no file %s', (_rule, breaks) => {
  expect(sources.filter(breaks)).toEqual([]);
});

test('a wrong import is found and named', () => {
  const rules = RULES[0] as Rules;

  expect(faultOf(rules, 'protocol/bad.ts', '../replica/replica.ts')).toBe('protocol/bad.ts -> ../replica/replica.ts');
  expect(faultOf(rules, 'protocol/good.ts', '../schema/datastore.ts')).toBeNull();
  expect(faultOf(RULES[1] as Rules, 'reconcile/bad.ts', '../replication/push.ts')).toContain('../replication/push.ts');
  expect(faultOf(RULES[1] as Rules, 'store/bad.ts', '../connectors/connector.ts')).toContain(
    '../connectors/connector.ts',
  );
});

function tierFaults(rules: Rules, file: string): string[] {
  const inside = within(rules, file);
  return importsOf(file).flatMap((name) => (name.startsWith('.') ? (faultOf(rules, inside, name) ?? []) : []));
}

function faultOf(rules: Rules, file: string, name: string): string | null {
  const target = posix.join(posix.dirname(file), name);
  const [from, to] = [file.split('/')[0], target.split('/')[0]];
  const isOwnFolder = from === to;
  return isOwnFolder || (tierOf(rules, target) >= 0 && tierOf(rules, target) < tierOf(rules, file))
    ? null
    : `${file} -> ${name}`;
}

function tierOf(rules: Rules, file: string): number {
  return rules.tiers.findIndex((names) => names.includes(file.split('/')[0] as string));
}

function leaves(file: string, name: string): boolean {
  if (!name.startsWith('.')) return false;
  const folder = Object.keys(PACKAGES).find((one) => file.startsWith(`${one}/`)) ?? '';
  return !posix.join(posix.dirname(file), name).startsWith(`${folder}/`);
}

function documentGlobal(file: string): string[] {
  const uses =
    /(?<![\w.])document\.(?:addEventListener|removeEventListener|visibilityState|createElement|cookie|body)\b/;
  return uses.test(codeOf(file)) ? [`${file} uses document`] : [];
}

function importsOf(file: string): string[] {
  return [...codeOf(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name as string);
}

/** The text without comments, in which any word may stand. */
function codeOf(file: string): string {
  return textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(?<![:'"`])\/\/.*$/gm, '');
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function within({ folder }: Rules, file: string): string {
  return posix.relative(folder, file);
}

function below(folder: string): readonly string[] {
  return sources.filter((file) => file.startsWith(`${folder}/`));
}

function filesBelow(folder: string): string[] {
  let entries: ReturnType<typeof entriesOf>;
  try {
    entries = entriesOf(folder);
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function entriesOf(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}
