import { DatastoreError } from '@datastores/core';
import { mintDevelopmentSecret, signToken } from '../http/development-token.ts';
import { EXIT } from './exit.ts';
import { configOf, type GlobalOptions, printJson, type Terminal } from './terminal.ts';

/** Options of `datastores token create`. */
export interface TokenCreateOptions extends GlobalOptions {
  readonly subject: string;
  readonly scope: readonly string[];
  readonly role: readonly string[];
  /** Milliseconds. */
  readonly ttl: number;
  readonly json?: boolean;
}

/** `datastores token create`: prints a development token. Throws CONFIG_INVALID where the server would not take one. */
export async function tokenCreate(terminal: Terminal, options: TokenCreateOptions): Promise<number> {
  const { settings } = await configOf(terminal, options);
  const { auth, dataFolder } = settings;
  if (!auth.developmentTokens) {
    throw new DatastoreError('CONFIG_INVALID', 'This server does not accept development tokens.', {
      remedy:
        'Get a token from the issuer of this server; for work on one machine set auth.developmentTokens: true (or DATASTORES_AUTH_DEVELOPMENT_TOKENS=true).',
    });
  }
  const claims = {
    subject: options.subject,
    scopes: options.scope.length > 0 ? options.scope : ['main'],
    roles: options.role,
    ttlMs: options.ttl,
    issuer: auth.issuer,
    audience: auth.audience,
  };
  const token = await signToken(auth.secret ?? mintDevelopmentSecret(dataFolder), claims, terminal.clock);
  const { subject, scopes, roles } = claims;
  const expiresAt = new Date(terminal.clock.now() + options.ttl).toISOString();
  if (options.json) printJson(terminal, { token, subject, scopes, roles, expiresAt });
  else terminal.out(`${token}\n`);
  terminal.err(
    `Development token for ${subject}, scopes ${scopes.join(', ')}, until ${expiresAt}. Not for production.\n`,
  );
  return EXIT.ok;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as `90s`, `30m`, `12h` or `7d` as milliseconds; null if it is none. */
export function parseDuration(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return factor === undefined || Number(number) === 0 ? null : Number(number) * factor;
}
