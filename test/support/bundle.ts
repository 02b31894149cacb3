import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';

const ROOT = rootAbove(import.meta.dirname);

/** A bundle as a page would load it. */
export interface Bundle {
  /** Bytes after gzip of what a page loads at once, and of what it loads when it needs it. */
  readonly gzipBytes: number;
  readonly lazyGzipBytes: number;
  /** Code that a page loads at once, in one text. */
  readonly code: string;
  /** The modules in it, with the length of their code before it was minified, largest first. */
  readonly modules: readonly { readonly id: string; readonly length: number }[];
}

/** Bundles a file of the repository, with everything that it imports. */
export async function bundleOf(entry: string): Promise<Bundle> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: ROOT,
    resolve: { conditions: ['@datastores/source', 'module', 'browser', 'production'] },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'chrome120',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: resolve(ROOT, entry) },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rollup.RollupOutput[];
  const chunks = outputs.flatMap(({ output }) => output.filter((part) => part.type === 'chunk'));
  const atOnce = loadedAtOnce(chunks);
  const size = (some: readonly Rollup.OutputChunk[]) => some.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
  const modules = atOnce.flatMap(({ modules: own }) =>
    Object.entries(own).map(([id, { renderedLength }]) => ({ id: id.replace(`${ROOT}/`, ''), length: renderedLength })),
  );
  return {
    gzipBytes: size(atOnce),
    lazyGzipBytes: size(chunks.filter((chunk) => !atOnce.includes(chunk))),
    code: atOnce.map(({ code }) => code).join('\n'),
    modules: modules.sort((a, b) => b.length - a.length),
  };
}

/** This file runs as a source and compiled. */
function rootAbove(folder: string): string {
  return existsSync(join(folder, 'turbo.json')) ? folder : rootAbove(dirname(folder));
}

/** The chunks of the entry, and what they import other than when it is needed. */
function loadedAtOnce(chunks: readonly Rollup.OutputChunk[]): readonly Rollup.OutputChunk[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const wanted = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of wanted) {
    for (const name of imports) {
      const chunk = byName.get(name);
      if (chunk !== undefined) wanted.add(chunk);
    }
  }
  return [...wanted];
}
