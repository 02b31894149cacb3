import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import type { Plant } from './plants/plant.ts';

/** Where the repository lies, and where programs may be put. */
export interface Place {
  readonly root: string;
  readonly folder: string;
}

/**
 * Bundles the program that simulates, on the sources, with a planted bug or without. Returns its path. The sources and
 * what is built of them stay as they are: the bug is in this bundle alone.
 */
export async function bundleProgram({ root, folder }: Place, plant: Plant | null): Promise<string> {
  const target = join(folder, plant?.name ?? 'sound');
  let planted = false;
  const plugin: Plugin = {
    name: 'plant',
    enforce: 'pre',
    load(id) {
      if (plant === null || id !== join(root, plant.file)) return null;
      planted = true;
      return withBug(readFileSync(id, 'utf8'), plant);
    },
  };
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    plugins: [plugin],
    ssr: { external: true, noExternal: [/^@datastores\//], resolve: { conditions: ['@datastores/source'] } },
    build: {
      ssr: join(root, 'test/simulate/simulate-process.ts'),
      outDir: target,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' } },
    },
  });
  if (plant !== null && !planted) throw new Error(`The simulation does not use ${plant.file} of "${plant.name}".`);
  return join(target, 'simulate-process.mjs');
}

/** Throws where the text that a plant replaces is not there exactly once: the code has moved on, and the plant has to. */
function withBug(source: string, { name, file, find, replace }: Plant): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`The plant "${name}" does not fit ${file}: its text is there ${parts.length - 1} times.`);
}
