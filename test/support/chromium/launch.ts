import { existsSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type LaunchOptions } from 'playwright-core';
import { createProfile, type Profile, type ProfileOptions } from './profile.ts';

export type { Profile };

/** A running Chromium without a window. */
export interface Chromium extends AsyncDisposable {
  /** A profile of its own, gone when it is closed: other profiles see nothing of its storage. */
  profile(options?: ProfileOptions): Promise<Profile>;
  /** A profile in a folder, which outlives the browser: opened again, it has what the one before has stored. */
  keptProfile(folder: string, options?: ProfileOptions): Promise<KeptProfile>;
}

/** A profile in a folder. It has a browser process of its own. */
export interface KeptProfile extends Profile {
  /** Ends the browser like a power cut: nothing gets a chance to finish. */
  kill(): Promise<void>;
}

/** Starts the Chromium of the machine. Throws, naming the package to install, where there is none. */
export async function launchChromium(): Promise<Chromium> {
  const options: LaunchOptions = {
    executablePath: findChromium(),
    args: [
      // Tests run as root in containers, where the sandbox of Chromium cannot start.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      // /dev/shm is small in containers, and a tab that fills it crashes.
      '--disable-dev-shm-usage',
      // Only what a page asks for may show in the log of requests.
      '--disable-background-networking',
    ],
  };
  const browser = await chromium.launch(options);
  return {
    profile: (profileOptions) => createProfile((proxy) => browser.newContext({ proxy }), profileOptions),
    async keptProfile(folder, profileOptions) {
      const profile = await createProfile(
        (proxy) => chromium.launchPersistentContext(folder, { ...options, proxy }),
        profileOptions,
      );
      return {
        ...profile,
        async kill() {
          const gone = new Promise<void>((resolve) => profile.context.once('close', () => resolve()));
          process.kill(processOf(folder), 'SIGKILL');
          await gone;
        },
      };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function findChromium(): string {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no Chromium. On Debian: apt-get install chromium');
  return found;
}

/** The lock of a profile is a link to `host-process`. */
function processOf(folder: string): number {
  const process = Number(readlinkSync(join(folder, 'SingletonLock')).split('-').at(-1));
  if (!Number.isInteger(process) || process <= 0) throw new Error(`The profile ${folder} names no process.`);
  return process;
}
