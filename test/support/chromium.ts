import { afterAll, expect, onTestFinished, vi } from 'vitest';
import { type Chromium, launchChromium, type Profile } from './chromium/launch.ts';

/**
 * A real Chromium for the tests of one file: started at the first profile, closed after the last test. To be called at the
 * top of the file. A profile that is opened within a test makes it fail where a page of it logs an error, or asks another host
 * than this machine, which was not expected.
 */
export function chromium(): Pick<Chromium, 'profile' | 'keptProfile'> {
  // A browser on a machine with two cores that does other things too takes its time.
  vi.setConfig({ testTimeout: 120_000 });
  let launched: Promise<Chromium> | undefined;
  const browser = () => {
    launched ??= launchChromium();
    return launched;
  };
  afterAll(async () => (await launched)?.[Symbol.asyncDispose]());
  return {
    profile: async (options) => watched(await (await browser()).profile(options)),
    keptProfile: async (folder, options) => watched(await (await browser()).keptProfile(folder, options)),
  };
}

/** Asked after the test, so that its own failure is told first. */
function watched<P extends Profile>(profile: P): P {
  onTestFinished(() => expect(profile.problems, 'errors that the pages logged, and hosts they asked for').toEqual([]));
  return profile;
}
