import type { BrowserContext, Page } from 'playwright-core';
import { openTab, type Tab } from './tab.ts';

/** How to open a profile. */
export interface ProfileOptions {
  /** Errors that pages may log, e.g. because the test cuts their network. */
  readonly expectedErrors?: readonly RegExp[];
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
  /** What pages logged as errors or threw without anybody catching it, as far as it was not expected. */
  readonly problems: readonly string[];
}

/** A request of a page. */
export interface LoggedRequest {
  readonly method: string;
  readonly url: string;
}

/** Logs what the pages of a context do. */
export function createProfile(context: BrowserContext, options: ProfileOptions = {}): Profile {
  const requests: LoggedRequest[] = [];
  const problems: string[] = [];
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
    [Symbol.asyncDispose]: () => context.close(),
  };
}
