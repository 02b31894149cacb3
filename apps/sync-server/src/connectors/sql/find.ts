import type { JsonValue } from '@datastores/core/schema';
import type { Context, Item, Write } from '../connector.ts';
import type { Dialect } from './dialect.ts';
import { toSystemError } from './failure.ts';
import type { Ledger } from './ledger.ts';
import type { Query, Session } from './session.ts';
import type { Shape } from './shape.ts';

/** What it takes to look a write up. */
export interface Finding<S extends Shape = Shape> {
  readonly dialect: Dialect<S>;
  readonly session: Session;
  readonly shape: () => Promise<S>;
  readonly ledger: Ledger | null;
  readonly context: Context;
}

/**
 * Did this write land? The ledger knows. Without it a create is found by its reference, a delete by the absence of the
 * record, an update by its values. A record that landed and is gone by now is answered as it was sent.
 */
export async function findWrite<S extends Shape>(finding: Finding<S>, write: Write): Promise<Item | null> {
  const { dialect } = finding;
  const shape = await finding.shape();
  try {
    return await finding.session.read(finding.context, (query) =>
      look(query, { dialect, shape }, { write, ledger: finding.ledger }),
    );
  } catch (error) {
    throw toSystemError(dialect.classify, dialect.name, error);
  }
}

async function look<S extends Shape>(
  query: Query,
  on: Place<S>,
  asked: { readonly write: Write; readonly ledger: Ledger | null },
): Promise<Item | null> {
  const { write, ledger } = asked;
  if (ledger) {
    const noted = await ledger.look(query, write);
    if (!noted) return null;
    const items = await on.dialect.readItems(query, on.shape, { keys: [noted.key] });
    return items.get(noted.key) ?? { key: noted.key, data: sent(write) };
  }
  if (write.op === 'create') return findByRef(query, on, write.ref);
  const item = await readOne(query, on, write.key);
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const landed = item && write.op === 'update' && isSameWhereGiven(item.data, write.patch);
  return landed ? item : null;
}

async function findByRef<S extends Shape>(query: Query, on: Place<S>, ref: string): Promise<Item | null> {
  if (!on.shape.options.ref) return null;
  const key = await on.dialect.findByRef(query, on.shape, ref);
  return key === null ? null : readOne(query, on, key);
}

/** As text: nobody has checked yet that the key fits its columns. */
async function readOne<S extends Shape>(query: Query, on: Place<S>, key: string): Promise<Item | null> {
  const { dialect, shape } = on;
  return (await dialect.readItems(query, shape, { keys: [key], options: { asText: true } })).get(key) ?? null;
}

interface Place<S extends Shape> {
  readonly dialect: Dialect<S>;
  readonly shape: S;
}

function sent(write: Write): Readonly<Record<string, JsonValue>> {
  if (write.op === 'create') return write.data;
  return write.op === 'delete' ? {} : (write.patch ?? {});
}

function isSameWhereGiven(current: Readonly<Record<string, JsonValue>>, wanted: Readonly<Record<string, JsonValue>>) {
  return Object.entries(wanted).every(([field, value]) => JSON.stringify(current[field]) === JSON.stringify(value));
}
