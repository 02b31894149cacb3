/** Notices of one system, from one webhook or one message of a broker. */
export interface NoticesRequest {
  readonly system: string;
  readonly notices: readonly NewNotice[];
  /** How long ids are remembered, in milliseconds: as long as the sender may repeat itself. */
  readonly keepIdsMs: number;
  /** Most keys of one stream that may wait to be read. One that waits already is no further one. */
  readonly maxWaiting: number;
}

/** Says that records of a stream may have changed. */
export interface NewNotice {
  /** The same over all repeats of the sender; null: every delivery counts. */
  readonly id: string | null;
  readonly stream: string;
  readonly keys: readonly string[];
}

/** What became of notices. */
export type NoticesTaken =
  | {
      readonly is: 'taken';
      /** Streams with keys to read. */
      readonly streams: readonly string[];
      /** Notices that had been taken before. */
      readonly duplicates: number;
    }
  | { readonly is: 'full'; readonly stream: string; readonly waiting: number };
