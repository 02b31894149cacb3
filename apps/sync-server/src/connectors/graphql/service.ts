import type { Context } from '../connector.ts';
import type { Client } from './client.ts';
import type { ParsedOptions, StreamOptions } from './options.ts';
import { createWidth, type Width } from './width.ts';

/** One stream of one service within one call of the engine. */
export interface Service extends StreamHandle {
  readonly context: Context;
}

/** One stream of one service, with what was learnt of it. */
export interface StreamHandle {
  readonly name: string;
  readonly options: ParsedOptions;
  readonly stream: StreamOptions;
  readonly client: Client;
  readonly widths: { readonly list: Width; readonly scan: Width; readonly get: Width };
}

/** Binds a stream to its service. */
export function createHandle(
  name: string,
  stream: StreamOptions,
  of: Pick<StreamHandle, 'options' | 'client'>,
): StreamHandle {
  const { list, scan, get } = stream;
  const widths = {
    list: createWidth(list.size),
    scan: createWidth(scan?.size ?? list.size),
    get: createWidth(get.max),
  };
  return { ...of, name, stream, widths };
}
