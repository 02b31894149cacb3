import { bundleOf } from '../../support/bundle.ts';
import type { Workload } from '../workload.ts';

/** What a page has to load; nothing is measured against it, since there is no bare work of the kind. */
export const bundle: Workload = {
  name: 'bundle',
  summary: 'what a page with one datastore loads to open, sync, search and write, after gzip',
  docs: 0,
  anyDatastore: false,
  clients: 0,

  async run({ note }) {
    const { gzipBytes, lazyGzipBytes, modules } = await bundleOf('test/browser/pages/article.ts');
    const total = modules.reduce((sum, { length }) => sum + length, 0);
    for (const [name, length] of byPackage(modules).slice(0, MOST_NOTED)) {
      note(`${((length / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
    }
    return { browserKiB: gzipBytes / 1_024, lazyKiB: lazyGzipBytes / 1_024 };
  },

  async profile() {
    return [];
  },
};

const MOST_NOTED = 12;

/** Shares of the code before it is minified, largest first. */
function byPackage(modules: readonly { readonly id: string; readonly length: number }[]): readonly [string, number][] {
  const lengths = new Map<string, number>();
  for (const { id, length } of modules) {
    const inside = id.split('node_modules/').at(-1) as string;
    const parts = inside.split('/').slice(0, id === inside || inside.startsWith('@') ? 2 : 1);
    const name = parts.join('/');
    lengths.set(name, (lengths.get(name) ?? 0) + length);
  }
  return [...lengths].sort(([, a], [, b]) => b - a);
}
