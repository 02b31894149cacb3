import { readFileSync } from 'node:fs';
import { DatastoreError } from '@datastores/core';
import type { Resolved } from '../config/resolve.ts';
import { CENTRE, relayOf } from '../server/relay.ts';
import { serveResolved } from './serve.ts';
import { configOf, type GlobalOptions, type Terminal } from './terminal.ts';

/** Options of `datastores bridge`. */
export interface BridgeOptions extends GlobalOptions {
  /** Base of the tRPC routes of the central server. */
  readonly centre?: string;
  /** The name under which the centre knows this bridge. */
  readonly name?: string;
}

/**
 * `datastores bridge`: runs a server that is the relay of a central one, for the devices of a place. Who may ask it, on which
 * address and in which folder is in the configuration, as for `serve`.
 */
export async function bridge(terminal: Terminal, options: BridgeOptions): Promise<number> {
  const resolved = await configOf(terminal, options);
  const { environment } = terminal;
  const url = options.centre ?? environment['DATASTORES_CENTRE_URL'];
  const name = options.name ?? environment['DATASTORES_BRIDGE_NAME'];
  if (!url || !name) {
    const missing = url ? '--name (or DATASTORES_BRIDGE_NAME)' : '--centre (or DATASTORES_CENTRE_URL)';
    throw new DatastoreError('CONFIG_INVALID', `datastores bridge: ${missing} is missing.`, {
      remedy: 'Name the tRPC routes of the central server, and the bridge itself by a name that no other one has.',
    });
  }
  if (Object.hasOwn(resolved.systems, CENTRE)) {
    throw new DatastoreError('CONFIG_INVALID', `systems.${CENTRE} is what a bridge calls its central server.`, {
      remedy: 'Give that system another name, or run the server by `datastores serve`.',
    });
  }
  return serveResolved(terminal, withCentre(resolved, { url, replica: name, token: () => centreToken(terminal) }));
}

function withCentre(resolved: Resolved, centre: Omit<Parameters<typeof relayOf>[0], 'datastores'>): Resolved {
  const relay = relayOf({ ...centre, datastores: resolved.settings.datastores });
  return {
    ...resolved,
    settings: { ...resolved.settings, datastores: relay.datastores },
    systems: { ...resolved.systems, ...(relay.systems as Resolved['systems']) },
    bindings: [...resolved.bindings, ...(relay.bindings as Resolved['bindings'])],
  };
}

/** Read anew for each request, so that whoever keeps the file fresh need not restart the bridge. */
function centreToken({ environment }: Terminal): string {
  const file = environment['DATASTORES_CENTRE_TOKEN_FILE'];
  const token = file ? readFileSync(file, 'utf8').trim() : environment['DATASTORES_CENTRE_TOKEN'];
  if (token) return token;
  throw new DatastoreError('TOKEN_INVALID', 'The bridge has no token for its central server.', {
    remedy: 'Set DATASTORES_CENTRE_TOKEN_FILE to a file that holds one, or DATASTORES_CENTRE_TOKEN.',
  });
}
