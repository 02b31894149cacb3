import { SECRET_ENTRIES } from './environment.ts';
import type { Resolved } from './resolve.ts';

/** One entry of a configuration as it may be shown: a secret says only that it is set. */
export interface DescribedEntry {
  readonly path: string;
  readonly value: unknown;
  /** `default`, the file, or the variable that it came from. */
  readonly origin: string;
}

/** Every entry of a resolved configuration with its origin. */
export function describeConfig({
  settings,
  systems,
  bindings,
  access,
  isWithdrawn,
  origins,
}: Resolved): readonly DescribedEntry[] {
  const shown: Record<string, unknown> = {
    ...settings,
    datastores: settings.datastores.map(({ name, version }) => `${name} (version ${version})`),
    systems: Object.keys(systems),
    bindings: bindings.map(nameOfBinding),
    auth: { ...settings.auth, isWithdrawn: isWithdrawn === null ? null : 'function' },
    access: Object.keys(access),
  };
  return Object.entries(origins).map(([path, origin]) => {
    const [group = '', entry] = path.split('.');
    const value = entry === undefined ? shown[group] : (shown[group] as Record<string, unknown>)[entry];
    return { path, value: SECRET_ENTRIES.has(path) && value !== null ? '[set]' : value, origin };
  });
}

function nameOfBinding(binding: object): string {
  const { system, stream, datastore } = binding as Record<string, unknown>;
  const name = datastore !== null && typeof datastore === 'object' && 'name' in datastore ? datastore.name : datastore;
  return `${String(name)} with ${String(system)}/${String(stream)}`;
}
