import { SystemError } from '../connector.ts';
import type { Position } from './read-page.ts';

/**
 * Notices a list that comes back to where it was, after one page or in a circle of any length, which would be read for
 * ever. Call it with each next position. It remembers one of them, later and later ones, so it finds a circle after at
 * most three times its length. Throws SystemError `shape`.
 */
export function createCircleGuard(): (next: Position) => void {
  let [mark, steps, stride] = ['', 0, 1];
  return (next) => {
    const text = JSON.stringify(next);
    if (text === mark) {
      throw new SystemError('shape', `The list does not go on behind ${text}; correct the declared page style.`);
    }
    steps += 1;
    if (steps < stride) return;
    [mark, steps, stride] = [text, 0, stride * 2];
  };
}
