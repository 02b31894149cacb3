import type { DigestRequest, ExternalRecord, RangeDigest } from '../../apps/sync-server/src/connectors/connector.ts';
import { digestRanges, recordDigest } from './record-digests.ts';

/**
 * What is wrong with digests: `blind` they do not show what is in a record · `late` ranges are digested as they were when
 * that began · `noisy` no range is ever digested the same · `failing` they cannot be computed, though all else can.
 */
export type DigestTrap = 'none' | 'blind' | 'late' | 'noisy' | 'failing';

type Records = ReadonlyMap<string, { readonly data: ExternalRecord }>;

/** Digests of a system that may be trapped. */
export interface NastyDigests {
  trap: DigestTrap;
  readonly ofRecord: (key: string, data: ExternalRecord) => string;
  readonly ofRanges: (request: DigestRequest) => readonly RangeDigest[];
}

/** Digests of these records. */
export function createNastyDigests(records: Records): NastyDigests {
  let trap: DigestTrap = 'none';
  let old: Records = records;
  let noise = 0;
  const blind = (of: Records) => new Map([...of.keys()].map((key) => [key, { data: {} }]));
  return {
    get trap() {
      return trap;
    },
    set trap(next) {
      trap = next;
      old = new Map(records);
    },
    ofRecord: (key, data) => recordDigest(key, trap === 'blind' ? {} : data),
    ofRanges({ ranges, list }) {
      if (trap === 'failing') throw new Error('out of memory');
      const seen = trap === 'late' ? old : trap === 'blind' ? blind(records) : records;
      const answers = digestRanges(seen, ranges, list);
      if (trap !== 'noisy') return answers;
      return answers.map((one) => {
        noise += 1;
        return { ...one, digest: noise.toString(16).padStart(16, '0') };
      });
    },
  };
}
