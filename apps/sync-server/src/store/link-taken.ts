import { DatastoreError } from '@datastores/core';
import type { Link } from './link.ts';

/** The error of a link whose record has another living document. */
export function linkTaken(link: Link, cause?: unknown): DatastoreError {
  const { system, stream, key, datastore, id } = link;
  return new DatastoreError(
    'LINK_TAKEN',
    `Record ${key} of ${system}/${stream} cannot be linked to ${datastore} ${id}, because it is linked already.`,
    { cause, details: { system, stream, key, id } },
  );
}
