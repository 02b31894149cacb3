import { canonicalJson, type JsonObject, type JsonValue } from '@datastores/core/schema';
import { type HistoryEvent, isCut } from '../../../apps/sync-server/src/store/history.ts';
import { DATASTORES } from '../world/datastores.ts';
import { SCOPES, type World } from '../world/world.ts';

/** Checks at the end that the history of each living document leads to the values that it has. */
export async function checkExplained(world: World): Promise<void> {
  const store = world.server.running()?.store;
  if (store === undefined) return;
  for (const scope of SCOPES) {
    for (const { name: datastore } of DATASTORES) {
      const { rows } = await store.feed({ scope, datastore, after: 0, maxRows: 10_000, maxBytes: 1e9 });
      for (const { id, body, deleted } of rows) {
        if (deleted) continue;
        const history = await store.history(scope, { datastore, id });
        const detail = unexplained(JSON.parse(body) as JsonObject, history);
        if (detail !== null) world.report({ kind: 'unexplained', detail: `${datastore} ${id} of ${scope}: ${detail}` });
      }
    }
  }
}

/** What of a document its history does not lead to; null: it explains all of it. */
export function unexplained(document: JsonObject, history: readonly HistoryEvent[]): string | null {
  if (!history.some(({ seq }) => seq !== null)) return 'no event made it';
  const said = new Map<string, unknown>();
  for (const { seq, kind, changed } of history) {
    if (seq === null) continue;
    // Made as a whole, or deleted: what was before counts no more.
    if (changed === null || kind === 'deleted') said.clear();
    for (const [field, change] of Object.entries(changed ?? {})) said.set(field, change.is);
  }
  for (const [field, value] of said) {
    const is = Object.hasOwn(document, field) ? document[field] : undefined;
    if (!isSame(value, is))
      return `${field} is ${JSON.stringify(is)}, and its history ends with ${JSON.stringify(value)}`;
  }
  return null;
}

function isSame(said: unknown, is: JsonValue | undefined): boolean {
  if (said === undefined || is === undefined) return said === is;
  const text = canonicalJson(is);
  if (isCut(said)) return text.length === said.length && text.startsWith(said.cut);
  return canonicalJson(said as JsonValue) === text;
}
