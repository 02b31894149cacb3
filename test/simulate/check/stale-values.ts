import { SCOPES, type World } from '../world/world.ts';

/**
 * Checks that no field holds what a replica wrote before something else that it wrote there and the server took: a message
 * that arrives late must not undo what came after it.
 */
export async function checkStaleValues(world: World): Promise<void> {
  const store = world.server.running()?.store;
  if (store === undefined || world.history.wasRestored) return;
  for (const scope of SCOPES) {
    for (const datastore of ['item', 'note']) {
      const { rows } = await store.feed({ scope, datastore, after: 0, maxRows: 10_000, maxBytes: 1e9 });
      for (const { id, body, deleted } of rows) {
        if (!deleted) checkDocument(world, { datastore, id, document: JSON.parse(body) as Record<string, unknown> });
      }
    }
  }
}

interface Living {
  readonly datastore: string;
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

function checkDocument({ ledger, history, report }: World, { datastore, id, document }: Living): void {
  const writes = ledger.writes.filter(
    (write) => write.datastore === datastore && write.id === id && write.value !== '',
  );
  for (const write of writes) {
    if (document[write.field] !== write.value) continue;
    const later = writes.find(
      ({ order, device, field, value, kind, state }) =>
        order > write.order &&
        device === write.device &&
        field === write.field &&
        kind !== 'delete' &&
        state === 'acknowledged' &&
        history.had(datastore, id, value),
    );
    if (later === undefined) continue;
    const detail = `${datastore} ${id}.${write.field} is ${write.value} again, after ${later.value}`;
    report({ kind: 'stale-value', detail });
  }
}
