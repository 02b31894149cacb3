import type { Tab } from '../../support/chromium/tab.ts';

/** Bytes of the JavaScript heap of a page that something refers to. */
export async function heapOf(tab: Pick<Tab<unknown>, 'devTools'>): Promise<number> {
  const tools = await tab.devTools();
  await tools.send('HeapProfiler.collectGarbage');
  return (await tools.send('Runtime.getHeapUsage')).usedSize;
}
