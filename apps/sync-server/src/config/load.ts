import { existsSync } from 'node:fs';
import { dirname, resolve as resolvePath } from 'node:path';
import { DatastoreError, isDatastoreError } from '@datastores/core';
import { createJiti } from 'jiti';
import type { Environment } from './environment.ts';
import { type Resolved, resolveConfig } from './resolve.ts';

/** Names a configuration is looked for under, in this order. */
const FILE_NAMES = ['datastores.config.ts', 'datastores.config.mts', 'datastores.config.js', 'datastores.config.mjs'];

/** Where to look for a configuration. */
export interface LoadOptions {
  /** Path of the file; default: the first of {@link FILE_NAMES} in `folder`. */
  readonly file?: string;
  readonly folder: string;
  readonly environment: Environment;
}

/**
 * Loads the configuration of a server: file, environment, defaults. Without a file the environment alone must do.
 * Throws CONFIG_INVALID.
 */
export async function loadConfig(options: LoadOptions): Promise<Resolved> {
  const file = configFile(options);
  const { environment } = options;
  if (file === null) {
    return resolveConfig({}, { environment, source: `no file in ${options.folder}`, folder: options.folder });
  }
  return resolveConfig(await importConfig(file), { environment, source: file, folder: dirname(file) });
}

function configFile({ file, folder }: LoadOptions): string | null {
  const candidates = (file === undefined ? FILE_NAMES : [file]).map((name) => resolvePath(folder, name));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined && file !== undefined) {
    throw new DatastoreError('CONFIG_INVALID', `There is no file ${candidates[0]}.`, {
      remedy: `Correct --config, or write the file; its default name is ${FILE_NAMES[0]}.`,
    });
  }
  return found ?? null;
}

async function importConfig(file: string): Promise<unknown> {
  let loaded: unknown;
  try {
    loaded = await createJiti(import.meta.url).import(file);
  } catch (cause) {
    if (isDatastoreError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatastoreError('CONFIG_INVALID', `${file} cannot be loaded: ${reason}.`, {
      cause,
      remedy: 'Correct the file; if it cannot find a package, install it beside the file.',
    });
  }
  const config = loaded !== null && typeof loaded === 'object' && 'default' in loaded ? loaded.default : undefined;
  if (config === undefined) {
    throw new DatastoreError('CONFIG_INVALID', `${file} has no default export.`, {
      remedy: 'End it with `export default defineConfig({ … })`.',
    });
  }
  return config;
}
