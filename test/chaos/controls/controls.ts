import type { Finding } from '../tally.ts';

/** A planted bug, the faults that bring it to light, and what has to be found. */
export interface Control {
  readonly plant: string;
  readonly scenario: string;
  /** Kills, episodes or rounds of one attempt. */
  readonly count: number;
  /** Any of these shows it. */
  readonly shows: readonly Finding[];
}

/** What has to be found in every whole run. */
export const CONTROLS: readonly Control[] = [
  { plant: 'commit-later', scenario: 'kills', count: 10, shows: ['lostWrites'] },
  { plant: 'push-in-memory', scenario: 'kills', count: 10, shows: ['lostWrites', 'diverged'] },
  { plant: 'checkpoint-long-first', scenario: 'kills', count: 12, shows: ['diverged', 'lostWrites'] },
  { plant: 'waits-for-ever', scenario: 'kills', count: 10, shows: ['stuck'] },
  { plant: 'migration-half-done', scenario: 'migrations', count: 1, shows: ['lostWrites'] },
  { plant: 'waits-for-ever', scenario: 'partitions', count: 6, shows: ['wedged', 'stuck'] },
  { plant: 'counter-twice', scenario: 'partitions', count: 18, shows: ['miscounted'] },
  { plant: 'ignore-tag', scenario: 'restores', count: 2, shows: ['undetected'] },
  { plant: 'reset-drops-edits', scenario: 'restores', count: 2, shows: ['lostWrites'] },
  { plant: 'edit-revives', scenario: 'restores', count: 2, shows: ['resurrections'] },
  { plant: 'copy-keeps-id', scenario: 'copies', count: 2, shows: ['lostWrites', 'miscounted', 'diverged'] },
  { plant: 'copy-unnoticed', scenario: 'copies', count: 4, shows: ['lostWrites', 'miscounted', 'diverged'] },
  { plant: 'failure-swallowed', scenario: 'disk-full', count: 1, shows: ['lostWrites'] },
  { plant: 'failure-swallowed', scenario: 'io-errors', count: 8, shows: ['lostWrites'] },
];
