import type { ErrorCode } from './error-code.ts';

/** The codes of the store of the sync server; part of the table of all codes. */
export const STORE_CODES = {
  STORE_UNAVAILABLE: {
    cause: 'The store of the sync server cannot be opened or written.',
    remedy: 'Check path, permissions, free space and that no newer version of the server wrote it.',
    retryable: true,
  },
  STORE_UNSAFE: {
    cause: 'The database of the store is set to lose what it has acknowledged when it crashes.',
    remedy: 'Switch the settings that the message names on again; the store was not opened.',
    retryable: false,
  },
  STORE_CLOSED: {
    cause: 'The store of the sync server was closed.',
    remedy: 'Nothing to do while the server stops; otherwise start it again.',
    retryable: false,
  },
} as const satisfies Readonly<Record<string, ErrorCode>>;
