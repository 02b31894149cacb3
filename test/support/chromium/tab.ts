import type { BrowserContext, CDPSession, Page } from 'playwright-core';

/** What a page exposes, as a test calls it: arguments and results travel as JSON, errors with their message. */
export type Callable<Api> = {
  readonly [Name in keyof Api]: Api[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** A tab with a page of a test. */
export interface Tab<Api> extends AsyncDisposable {
  readonly page: Page;
  /** The functions that the page exposed. */
  readonly api: Callable<Api>;
  /** Loads the page again, and resolves when it has exposed its functions anew. */
  reload(): Promise<void>;
  /**
   * Freezes the page as Chromium does with tabs in the background: nothing runs, and what it holds it goes on holding. A
   * page that is visible cannot be frozen by the tools for developers, and those without a window are all visible: so it
   * is halted by the debugger, at the next thing that it does.
   */
  freeze(): Promise<void>;
  /** Lets it go on with everything that has waited meanwhile. */
  unfreeze(): Promise<void>;
  /** Ends the process of the page: nothing gets a chance to finish. The tab cannot be used afterwards. */
  kill(): Promise<void>;
  /** The tools for developers, for what there is no function here. */
  devTools(): Promise<CDPSession>;
}

/** Opens a page of a test in a new tab. */
export async function openTab<Api>(context: BrowserContext, url: string): Promise<Tab<Api>> {
  const page = await context.newPage();
  await page.goto(url);
  await exposed(page);
  let tools: Promise<CDPSession> | undefined;
  const devTools = () => {
    tools ??= context.newCDPSession(page);
    return tools;
  };
  return {
    page,
    api: callable<Api>(page),
    async reload() {
      await page.reload();
      await exposed(page);
    },
    async freeze() {
      const session = await devTools();
      await session.send('Debugger.enable');
      await session.send('Debugger.pause');
    },
    async unfreeze() {
      // It goes on, whether it had come to halt or not.
      await (await devTools()).send('Debugger.disable');
    },
    async kill() {
      const crashed = page.waitForEvent('crash');
      await Promise.all([crashed, page.goto('chrome://crash').catch(() => null)]);
    },
    devTools,
    [Symbol.asyncDispose]: () => page.close(),
  };
}

async function exposed(page: Page): Promise<void> {
  await page.waitForFunction(() => 'exposed' in globalThis);
}

function callable<Api>(page: Page): Callable<Api> {
  const call = (name: string | symbol, args: readonly unknown[]) =>
    page.evaluate(
      ([member, given]) => {
        const { exposed: members } = globalThis as unknown as {
          exposed: Record<string, (...args: unknown[]) => unknown>;
        };
        const run = members[member];
        if (run === undefined) throw new Error(`The page does not expose "${member}".`);
        return run(...given);
      },
      [String(name), [...args]] as const,
    );
  return new Proxy({} as Callable<Api>, {
    // Without this `await tab.api` would take the proxy for a promise.
    get: (_, name) => (name === 'then' ? undefined : (...args: unknown[]) => call(name, args)),
  });
}
