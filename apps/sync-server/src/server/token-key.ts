import type { Settings } from '../config/resolve.ts';
import type { AuthenticateOptions } from '../http/authenticate.ts';
import { mintDevelopmentSecret } from '../http/development-token.ts';
import type { Log } from '../log.ts';

/** What the tokens of a server are checked with. Mints the development secret where that is asked for, and warns. */
export function tokenKey({ auth, dataFolder }: Settings, log: Log): AuthenticateOptions['key'] {
  if (auth.jwksUrl !== null) return { jwksUrl: auth.jwksUrl };
  if (auth.developmentTokens) {
    log.warn('development-tokens-accepted', {
      hint: 'Whoever can read the data folder can make tokens. Take out auth.developmentTokens before this server is used by others.',
    });
  }
  return { secret: new TextEncoder().encode(auth.secret ?? mintDevelopmentSecret(dataFolder)) };
}
