/** What was seen of a page at work. Milliseconds. */
export interface Smoothness {
  readonly frames: number;
  readonly longestFrameMs: number;
  readonly reads: number;
  readonly longestReadMs: number;
  readonly readMs: readonly number[];
}

/** Pause between two reads, as of somebody who scrolls. */
const PAUSE_MS = 50;

/** Rows on the page: more than it shows. */
const ROWS = 300;

/**
 * Scrolls a list with every frame and reads again and again, until the work is done. A frame that is late is one that
 * something else of the page has held up.
 */
export async function whileScrolling(read: () => Promise<unknown>, work: () => Promise<unknown>): Promise<Smoothness> {
  const list = addList();
  const gaps: number[] = [];
  const readMs: number[] = [];
  let over = false;
  let last = performance.now();
  const scroll = (at: number) => {
    if (over) return;
    gaps.push(at - last);
    last = at;
    list.scrollTop = (list.scrollTop + 12) % (list.scrollHeight - list.clientHeight);
    requestAnimationFrame(scroll);
  };
  requestAnimationFrame(scroll);
  const reading = (async () => {
    while (!over) {
      const begun = performance.now();
      await read();
      readMs.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    // The time since the last frame counts too, or work that lets none through would be the smoothest.
    gaps.push(performance.now() - last);
    await reading;
    list.remove();
  }
  return {
    frames: gaps.length - 1,
    longestFrameMs: Math.max(...gaps),
    reads: readMs.length,
    longestReadMs: Math.max(...readMs),
    readMs,
  };
}

function addList(): HTMLElement {
  const list = document.createElement('ul');
  list.style.cssText = 'height: 300px; overflow: auto';
  list.append(
    ...Array.from({ length: ROWS }, (_, at) =>
      Object.assign(document.createElement('li'), { textContent: `Row ${at}` }),
    ),
  );
  document.body.append(list);
  return list;
}
