import type { Link } from '../../store/link.ts';
import { byScope } from '../prepare.ts';
import type { Run } from './run.ts';

/** Names a document. */
type Named = Pick<Link, 'scope' | 'datastore' | 'id'>;

/**
 * Marks documents as not told to the system: rows of the outbox like any other. What there is to tell is found when their
 * turn comes, so a row too many tells nothing.
 */
export async function tellDocuments({ reach, stream }: Run, documents: readonly Named[]): Promise<void> {
  for (const [scope, group] of byScope(documents)) {
    const tell = group.map(({ datastore, id }) => ({ datastore, id, system: reach.system, stream: stream.name }));
    await reach.store.write({ scope }, () => ({ tell, result: undefined }));
  }
}

/** Notes with the links that their records were missed, so that the sweep finds them, also after a restart. */
export async function markMissed({ reach, stream }: Run, links: readonly Link[]): Promise<void> {
  for (const [scope, group] of byScope(links)) {
    const keys = group.flatMap(({ key }) => (key === null ? [] : [key]));
    await reach.store.write({ scope, links: { system: reach.system, stream: stream.name, keys } }, (current) => {
      const living = keys.flatMap((key) => {
        const link = current.linkByKey(key);
        return link !== null && link.gone === null && link.scope === scope ? [{ ...link, seen: MISSED }] : [];
      });
      return { links: living, result: undefined };
    });
  }
}

/** Below the number of every scan. */
export const MISSED = -1;
