import { isDatastoreError } from '@datastores/core';
import { toWireError } from '@datastores/core/protocol';
import { inspectStore } from '../store/postgres/inspect.ts';
import type { Finding } from './finding.ts';

/** Whether the PostgreSQL database of a store can be reached, loses nothing, and fits this version of the server. */
export async function checkStore(url: string): Promise<Finding> {
  try {
    const { shown, applied, due } = await inspectStore(url);
    const state =
      applied === null
        ? 'no store yet; it is made at the first start'
        : due.length === 0
          ? 'its schema is the newest'
          : `its schema lacks ${due.length} steps, which the next start takes`;
    return { check: 'store', ok: true, detail: `PostgreSQL at ${shown}: ${state}` };
  } catch (error) {
    if (!isDatastoreError(error)) throw error;
    return { check: 'store', ok: false, detail: toWireError(error).message, remedy: error.remedy };
  }
}
