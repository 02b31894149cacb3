import type { JsonValue } from '@datastores/core/schema';
import { escapeIdentifier } from 'pg';
import type { Context, Item, Write } from '../connector.ts';
import { toSystemError } from './failure.ts';
import type { Ledger } from './ledger.ts';
import { readItems } from './read-items.ts';
import { keyText } from './record-key.ts';
import type { Query, Session } from './session.ts';
import { quoteTable, type Shape } from './shape.ts';

/** What it takes to look a write up. */
export interface Finding {
  readonly session: Session;
  readonly shape: () => Promise<Shape>;
  readonly ledger: Ledger | null;
  readonly context: Context;
}

/**
 * Did this write land? The ledger knows. Without it a create is found by its reference, a delete by the absence of the
 * record, an update by its values. A record that landed and is gone by now is answered as it was sent.
 */
export async function findWrite(finding: Finding, write: Write): Promise<Item | null> {
  const shape = await finding.shape();
  try {
    return await finding.session.read(finding.context, (query) =>
      look(query, shape, { write, ledger: finding.ledger }),
    );
  } catch (error) {
    throw toSystemError(error);
  }
}

async function look(
  query: Query,
  shape: Shape,
  asked: { readonly write: Write; readonly ledger: Ledger | null },
): Promise<Item | null> {
  const { write, ledger } = asked;
  if (ledger) {
    const noted = await ledger.look(query, write);
    return noted ? ((await readOne(query, shape, noted.key)) ?? { key: noted.key, data: sent(write) }) : null;
  }
  if (write.op === 'create') return findByRef(query, shape, write.ref);
  const item = await readOne(query, shape, write.key);
  if (write.op === 'delete') return item ? null : { key: write.key, data: {} };
  const landed = item && write.op === 'update' && isSameWhereGiven(item.data, write.patch);
  return landed ? item : null;
}

async function findByRef(query: Query, shape: Shape, ref: string): Promise<Item | null> {
  if (!shape.options.ref) return null;
  const rows = await query(
    `select ${keyText('t', shape.key)} from ${quoteTable(shape.table.name)} t
     where t.${escapeIdentifier(shape.options.ref)}::text = $1 limit 1`,
    [ref],
  );
  return rows[0] ? readOne(query, shape, String(rows[0][0])) : null;
}

async function readOne(query: Query, shape: Shape, key: string): Promise<Item | null> {
  return (await readItems(query, shape, { keys: [key], options: { asText: true } })).get(key) ?? null;
}

function sent(write: Write): Readonly<Record<string, JsonValue>> {
  if (write.op === 'create') return write.data;
  return write.op === 'delete' ? {} : (write.patch ?? {});
}

function isSameWhereGiven(current: Readonly<Record<string, JsonValue>>, wanted: Readonly<Record<string, JsonValue>>) {
  return Object.entries(wanted).every(([field, value]) => JSON.stringify(current[field]) === JSON.stringify(value));
}
