import type { BrowserContext, Page } from 'playwright-core';
import { listenOutside, type Outside } from './outside.ts';
import { openTab, type Tab } from './tab.ts';

/** How to open a profile. */
export interface ProfileOptions {
  /** Errors that pages may log, e.g. because the test cuts their network. */
  readonly expectedErrors?: readonly RegExp[];
  /** Hosts other than this machine that pages may ask for; nothing answers there. */
  readonly otherHosts?: readonly string[];
}

/** What one user of a browser has: tabs that share their storage, and a network that can be cut. */
export interface Profile extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Opens an address in a new tab, and resolves when its page has exposed what tests call. */
  tab<Api>(url: string): Promise<Tab<Api>>;
  /** Cuts the network of all tabs, or gives it back. */
  setOffline(offline: boolean): Promise<void>;
  /** What the pages have asked for so far, workers included, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** What pages logged as errors or threw without anybody catching it, and hosts that were asked for, as far as it was not expected. */
  readonly problems: readonly string[];
}

/** A request of a page. */
export interface LoggedRequest {
  readonly method: string;
  readonly url: string;
}

/** Opens a context, and logs what its pages do and whom they ask. */
export async function createProfile(
  openContext: (proxy: Outside['proxy']) => Promise<BrowserContext>,
  options: ProfileOptions = {},
): Promise<Profile> {
  const requests: LoggedRequest[] = [];
  const problems: string[] = [];
  const outside = await listenOutside((host) => {
    if (options.otherHosts?.includes(host) !== true) problems.push(`Another host was asked for: ${host}`);
  });
  const context = await openContext(outside.proxy);
  const note = (page: Page | null, text: string) => {
    if (options.expectedErrors?.some((pattern) => pattern.test(text)) !== true) {
      problems.push(`${page?.url() ?? 'a worker'}: ${text}`);
    }
  };
  context.on('request', (request) => requests.push({ method: request.method(), url: request.url() }));
  context.on('console', (message) => {
    if (message.type() === 'error') note(message.page(), `${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (failure) => note(failure.page(), failure.error().stack ?? failure.error().message));
  return {
    context,
    tab: <Api>(url: string) => openTab<Api>(context, url),
    setOffline: (offline) => context.setOffline(offline),
    requests,
    problems,
    async [Symbol.asyncDispose]() {
      await context.close();
      await outside[Symbol.asyncDispose]();
    },
  };
}
