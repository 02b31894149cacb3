import { DatastoreError } from '@datastores/core';
import type { Connector, Notice } from './connector.ts';

/** Records of one stream to read again, as a function of the configuration names them. */
export type NamedKeys = Pick<Notice, 'stream' | 'keys'>;

/** What is put around a connector: another way to hear of its changes, and further streams. */
export interface Surroundings extends Pick<Connector, 'kind' | 'receive' | 'listen'> {
  readonly streams?: Connector['streams'];
  readonly check?: Connector['check'];
  readonly close?: Connector['close'];
}

/**
 * A connector with something around it: its streams are read and written as before, its changes are heard of in a further
 * way. Throws CONFIG_INVALID where both want to be told in the same way, or have a stream of the same name.
 */
export function around(inner: Connector | undefined, outer: Surroundings): Connector {
  const both = inner !== undefined && ['receive', 'listen'].find((way) => has(inner, way) && has(outer, way));
  if (both) throw doubled(outer, `${inner?.kind} already hears of changes by ${both}`);
  const shared = Object.keys(outer.streams ?? {}).find((name) => Object.hasOwn(inner?.streams ?? {}, name));
  if (shared !== undefined) throw doubled(outer, `${inner?.kind} already has a stream "${shared}"`);
  const receive = outer.receive ?? inner?.receive?.bind(inner);
  const listen = outer.listen ?? inner?.listen?.bind(inner);
  return {
    kind: inner === undefined ? outer.kind : `${outer.kind}+${inner.kind}`,
    streams: { ...inner?.streams, ...outer.streams },
    check: async (context) => {
      await inner?.check(context);
      await outer.check?.(context);
    },
    ...(receive && { receive }),
    ...(listen && { listen }),
    close: async () => {
      await Promise.all([inner?.close(), outer.close?.()]);
    },
  };
}

function has(of: Pick<Connector, 'receive' | 'listen'>, way: string): boolean {
  return of[way as 'receive' | 'listen'] !== undefined;
}

function doubled({ kind }: Surroundings, reason: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', `${kind}: the connector ${reason}.`, {
    remedy: 'Declare a second system for the other one, or take one of the two out.',
  });
}
