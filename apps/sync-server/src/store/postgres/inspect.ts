import type { AppliedStep, Migration } from '../migration.ts';
import { dueSteps } from '../migration.ts';
import { storeAddress } from './address.ts';
import { appliedSteps } from './migrate.ts';
import { openFailure } from './open.ts';
import { createPool } from './pool.ts';
import { MIGRATIONS } from './schema.ts';
import { assertSafe } from './settings.ts';

/** What is found of a store without changing anything. */
export interface Inspection {
  /** Its address without user and password. */
  readonly shown: string;
  /** The steps of the schema that it has taken; null: there is no store yet. */
  readonly applied: readonly AppliedStep[] | null;
  /** The steps that the next start takes. */
  readonly due: readonly Migration[];
}

/** Looks at the database of a store and changes nothing. Throws as opening it would. */
export async function inspectStore(url: string): Promise<Inspection> {
  const address = storeAddress(url);
  const pool = createPool(address.connectionString, address.schema);
  try {
    const client = await pool.connect();
    try {
      await assertSafe(client);
      const applied = await appliedSteps(client, address.schema);
      return { shown: address.shown, applied, due: dueSteps(MIGRATIONS, applied ?? []) };
    } finally {
      client.release();
    }
  } catch (error) {
    throw openFailure(address, error);
  } finally {
    await pool.end();
  }
}
