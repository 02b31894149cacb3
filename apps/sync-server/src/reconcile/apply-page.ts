import type { CursorWrite } from '../store/write.ts';
import { decideDeletion } from './decide-deletion.ts';
import { decideRecord } from './decide-record.ts';
import { createDraft, type Draft, finish, noteRecord, planOf, putOff, type Reading } from './draft.ts';
import { createKnownReferences, textOf } from './ids.ts';
import { type Mapped, mapRecords } from './map-records.ts';
import { quarantine } from './merge-record.ts';
import type { ReadItem } from './read-item.ts';
import { remember } from './remember.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** How some records of a stream were read, and the cursor that is committed with them. */
export interface ReadPage {
  readonly reading: Pick<Reading, 'readAt' | 'readTimes' | 'exact'> & { readonly rechecking?: boolean };
  /** True if `gone` among the items is proven; else it is confirmed by a point read later. */
  readonly goneProven: boolean;
  readonly cursor?: Omit<CursorWrite, 'system' | 'stream'>;
}

/** Records per write. A page of any size is cut into writes that do not hold the scope for long. */
const WRITE_ROWS = 500;

/** Merges records into documents: maps them, then as {@link applyMapped}. At most one item for each key. */
export async function applyPage(
  reach: SystemReach,
  stream: EngineStream,
  page: ReadPage & { readonly items: readonly ReadItem[] },
): Promise<void> {
  const known = createKnownReferences(reach.store, reach.bindings);
  await applyMapped(reach, stream, { ...page, mapped: await mapRecords(stream.binding, page.items, known) });
}

/** Merges mapped records into documents: one write for each scope and 500 records, the cursor with the last of them. */
export async function applyMapped(
  reach: SystemReach,
  stream: EngineStream,
  page: ReadPage & { readonly mapped: readonly Mapped[] },
): Promise<void> {
  const { mapped } = page;
  const groups = await groupByScope(reach, stream, mapped);
  const writes = groups.flatMap(({ scope, records }) => slices(records).map((slice) => ({ scope, slice })));
  if (writes.length === 0 && page.cursor !== undefined) writes.push({ scope: 'main', slice: [] });
  for (const [index, { scope, slice }] of writes.entries()) {
    const cursor = index === writes.length - 1 ? page.cursor : undefined;
    await writeSlice(reach, stream, { page, scope, slice, cursor });
  }
}

interface ScopeGroup {
  readonly scope: string;
  readonly records: Mapped[];
}

/** A linked record belongs to the scope of its document, whatever it says now. */
async function groupByScope(
  reach: SystemReach,
  stream: EngineStream,
  mapped: readonly Mapped[],
): Promise<ScopeGroup[]> {
  const keys = mapped.map(({ key }) => key);
  const links = keys.length === 0 ? [] : await reach.store.links({ system: reach.system, stream: stream.name, keys });
  const scopes = new Map(links.map((link) => [link.key, link.scope]));
  const groups = new Map<string, Mapped[]>();
  for (const one of mapped) {
    const scope = scopes.get(one.key) ?? (one.is === 'record' ? one.scope : 'main');
    const group = groups.get(scope);
    if (group === undefined) groups.set(scope, [one]);
    else group.push(one);
  }
  return [...groups].map(([scope, records]) => ({ scope, records }));
}

interface Slice {
  readonly page: ReadPage;
  readonly scope: string;
  readonly slice: readonly Mapped[];
  readonly cursor: ReadPage['cursor'];
}

async function writeSlice(
  reach: SystemReach,
  stream: EngineStream,
  { page, scope, slice, cursor }: Slice,
): Promise<void> {
  const { store, system } = reach;
  const datastore = stream.binding.datastore.name;
  const ids = slice.flatMap((one) => (one.is === 'record' ? [one.id, ...(one.match === null ? [] : [one.match])] : []));
  const reading: Reading = {
    rechecking: false,
    ...page.reading,
    generation: stream.memory.generation,
    creates: stream.memory.creates,
    settling: false,
    quarantined: reach.memory.quarantined,
    parked: stream.memory.unparked,
  };
  const { result: draft } = await store.write(
    {
      scope,
      documents: [...new Set(ids)].map((id) => ({ datastore, id })),
      links: { system, stream: stream.name, keys: slice.map(({ key }) => key) },
    },
    (current) => {
      const draft = createDraft({ bound: stream, scope, current, reading });
      for (const one of slice) decideMapped(draft, one, page.goneProven);
      return planOf(draft, cursor && { system, stream: stream.name, ...cursor });
    },
  );
  await remember(reach, stream, draft);
}

/** Adds what one mapped record means to a draft. */
function decideMapped(draft: Draft, one: Mapped, goneProven: boolean): void {
  if (one.is === 'record') decideRecord(draft, one);
  else if (one.is === 'unfit') quarantine(draft, one, one.reason);
  else if (one.is === 'waits') {
    draft.parked.set(one.key, one.references);
    noteRecord(draft, one.key, { kind: 'parked', detail: { references: one.references.map(textOf) } });
    putOff(draft, one.key);
  } else if (goneProven) decideDeletion(draft, one.key);
  else {
    const link = draft.current.linkByKey(one.key);
    if (link === null || link.gone !== null) finish(draft, one.key);
    else putOff(draft, one.key);
  }
}

function slices(records: readonly Mapped[]): readonly (readonly Mapped[])[] {
  const parts: Mapped[][] = [];
  for (let start = 0; start < records.length; start += WRITE_ROWS) parts.push(records.slice(start, start + WRITE_ROWS));
  return parts;
}
