import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import type { Plant } from './plants/plant.ts';

/** Where the repository lies, and where programs may be put. */
export interface Place {
  readonly root: string;
  readonly folder: string;
}

/** Bundles the program that simulates, with a planted bug or without. Returns its path. */
export async function bundleProgram(place: Place, plant: Plant | null): Promise<string> {
  const folder = await bundlePrograms(place, plant, ['test/simulate/simulate-process.ts']);
  return join(folder, 'simulate-process.js');
}

/**
 * Bundles programs, which are named from the root of the repository, on the sources, with a planted bug or without. Returns
 * their folder. The sources and what is built of them stay as they are: the bug is in this bundle alone.
 */
export async function bundlePrograms(
  { root, folder }: Place,
  plant: Plant | null,
  programs: readonly string[],
): Promise<string> {
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
      ssr: true,
      outDir: target,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: {
        input: programs.map((program) => join(root, program)),
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          // A part that is loaded late would come from the disk the first time, when no virtual clock knows.
          ...(programs.length === 1 && { inlineDynamicImports: true }),
        },
      },
    },
  });
  if (plant !== null && !planted) throw new Error(`Nothing that is bundled uses ${plant.file} of "${plant.name}".`);
  return target;
}

/** Throws where the text that a plant replaces is not there exactly once: the code has moved on, and the plant has to. */
function withBug(source: string, { name, file, find, replace }: Plant): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`The plant "${name}" does not fit ${file}: its text is there ${parts.length - 1} times.`);
}
