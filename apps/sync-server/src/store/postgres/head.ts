import type { Position } from '@datastores/core/protocol';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const HEAD = `select (select value from meta where key = 'epoch'), coalesce(max(seq), 0), coalesce(max(floor), 0),
  coalesce(max(tag), '') from scope_head where scope = $1`;
const TAG = `select c.tag from scope_commit c where c.scope = $1 and c.last_seq >= $2
  and $2 >= (select floor from scope_head where scope = $1) order by c.last_seq limit 1`;

/** Newest position of a scope, and its floor. */
export async function readHead(
  reader: Reader,
  scope: string,
): Promise<{ readonly position: Position; readonly floor: number }> {
  const [row] = await reader.lists<[epoch: string, seq: number, floor: number, tag: string]>(statement(HEAD, scope));
  const [epoch = '', seq = 0, floor = 0, tag = ''] = row ?? [];
  return { position: { epoch, seq, tag }, floor };
}

/** Tag of the commit that holds a number. */
export async function readTag(reader: Reader, scope: string, seq: number): Promise<string | null> {
  if (seq === 0) return '';
  const [row] = await reader.lists<[string]>(statement(TAG, scope, seq));
  return row?.[0] ?? null;
}
