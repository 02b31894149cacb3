import type { ParsedOptions } from './options.ts';

/** Where the files of one stream are, below the exchange folder. */
export interface Layout {
  readonly inbox: string;
  readonly outbox: string;
  readonly ack: string;
  readonly done: string;
  readonly failed: string;
  readonly sent: string;
  /** Says which exchange this is, so that an empty mount point is not taken for it. */
  readonly identity: string;
  readonly lock: string;
  /** Number of the last file that was read or written. */
  readonly head: string;
}

/** The layout of a stream. What has been read, refused and handed over lies apart for each stream. */
export function layoutOf({ folders }: ParsedOptions, stream: string): Layout {
  const sent = `${folders.sent}/${stream}`;
  return {
    inbox: folders.inbox,
    outbox: folders.outbox,
    ack: folders.ack,
    done: `${folders.done}/${stream}`,
    failed: `${folders.failed}/${stream}`,
    sent,
    identity: '.datastores-exchange',
    lock: `${sent}/.lock`,
    head: `${sent}/.head`,
  };
}
